"""python -m unittest discover models/training"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy as np
import torch

import convolution
import optimizers
import train
from data import Truth, disturb
from evaluate import table
from export import mixed
from losses import CoarseHeads, Style, depth_loss, losses, normals_loss
from metrics import Metrics
from network import ROOM_TASKS, SegNetMTAN
from schedule import Clock, Phase, learning_rate
from served import ServedModel
from start import times_as_wide, widen
from training import HEADS_ALONE, Training

HERE = Path(__file__).parent
TINY = (4, 4, 8, 8, 8)
FINEST_OF_ENCODER = r"(encoder_block|conv_block_enc|encoder_block_att|encoder_att\.\d)\.[01]\."     # two of five levels


class Optimizers(unittest.TestCase):
    def test_an_orthogonal_step_has_nearly_equal_singular_values(self):
        generator = torch.Generator().manual_seed(1)
        for shape in ((16, 144), (144, 16), (32, 32)):
            values = torch.linalg.svdvals(optimizers.orthogonal(torch.randn(shape, generator=generator)))
            self.assertTrue((values < 1.3).all() and values.median() > 0.6, values)

    def test_every_parameter_has_one_optimizer(self):
        model = SegNetMTAN(TINY)
        coarse = CoarseHeads(model)
        for name in optimizers.NAMES:
            found = optimizers.optimizers(name, model, coarse, 1e-3, 1e-2, 0, 1)
            ids = [id(w) for o in found for group in o.param_groups for w in group["params"]]
            self.assertEqual(sorted(ids), sorted(map(id, [*model.parameters(), *coarse.parameters()])))

    def test_muon_turns_weights_and_keeps_their_length(self):
        weight = torch.nn.Parameter(torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(2)))
        muon, length = optimizers.Muon([weight], lr=0.01), weight.norm().item()
        for _ in range(50):
            before = weight.detach() / weight.detach().norm()
            weight.grad = torch.ones_like(weight)
            muon.step()
            turned = (weight.detach() / weight.detach().norm() - before).norm().item()
            self.assertLess(turned, 0.011)
            self.assertAlmostEqual(weight.norm().item(), length, delta=0.01 * length)


COMPILER = shutil.which(os.environ.get("CXX", "c++"))


@unittest.skipUnless(COMPILER, "no C++ compiler")
class Convolutions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as folder:
            convolution.use_winograd(convolution.compile_winograd(Path(folder)))
        cls.library = convolution._library

    def setUp(self):
        self.generator = torch.Generator().manual_seed(8)
        self.addCleanup(setattr, convolution, "_library", None)
        convolution._library = self.library

    def random(self, *shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=self.generator, dtype=torch.float64)

    def test_winograds_answers_and_gradients_are_those_of_the_definition(self):
        # Whole tiles; parts of tiles at the edges; more tiles than one pass holds; one pixel.
        for count, inputs, outputs, height, width in ((1, 32, 32, 8, 8), (2, 64, 32, 7, 10), (1, 32, 96, 90, 94),
                                                      (3, 32, 64, 1, 1)):
            for relu in (True, False):
                with self.subTest(size=(count, inputs, outputs, height, width), relu=relu):
                    tensors = (self.random(count, inputs, height, width),
                               self.random(outputs, inputs, 3, 3) / (9 * inputs) ** 0.5, self.random(outputs))
                    gradient = self.random(count, outputs, height, width)
                    clear = (self.definition(*tensors, relu=False).abs() > 1e-3).double()   # where ReLU is certain
                    expected = self.results(tensors, gradient * clear, lambda *t: self.definition(*t, relu))
                    found = self.results([tensor.float() for tensor in tensors], (gradient * clear).float(),
                                         lambda *t: convolution.Winograd.apply(*t, relu))
                    for a, b in zip(found, expected):
                        self.assertLess((a - b).norm() / b.norm(), 1e-5)

    def test_weights_that_are_kept_pass_the_gradient_on(self):
        x, weight, bias = self.random(1, 32, 9, 9).float(), self.random(32, 32, 3, 3).float(), torch.zeros(32)
        gradients = []
        for kept in (False, True):
            x.requires_grad_(), weight.requires_grad_(not kept)
            answer = convolution.Winograd.apply(x, weight, bias, True)
            gradients.append(torch.autograd.grad(answer.square().sum(), x)[0])
        self.assertTrue(torch.equal(*gradients) and gradients[0].any())

    def results(self, tensors, gradient, function) -> list[torch.Tensor]:
        """The answer and the gradients."""
        tensors = [tensor.detach().requires_grad_() for tensor in tensors]
        answer = function(*tensors)
        return [answer.detach(), *torch.autograd.grad(answer, tensors, gradient)]

    def definition(self, x, weight, bias, relu: bool) -> torch.Tensor:
        answer = torch.nn.functional.conv2d(x, weight, bias, padding=1)
        return answer.relu() if relu else answer

    def test_a_network_with_kept_statistics_learns_the_same_with_it(self):
        torch.manual_seed(9)
        network = SegNetMTAN((32, 32, 32, 32, 32))
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(std=0.1)
                module.running_var.uniform_(0.5, 2)
                torch.nn.init.uniform_(module.weight, 0.5, 2)
        network.eval().to(memory_format=torch.channels_last)
        image = torch.rand(2, 3, 64, 96).to(memory_format=torch.channels_last)
        found = self.answers_and_gradients(network, image)
        convolution._library = None
        for name, expected in self.answers_and_gradients(network, image).items():
            self.assertLess((found[name] - expected).norm(), 2e-3 * expected.norm() + 1e-6, name)

    def answers_and_gradients(self, network: SegNetMTAN, image: torch.Tensor) -> dict[str, torch.Tensor]:
        answers = network(image)
        network.zero_grad()
        sum((answer ** 2).mean() for answer in answers[:2]).backward()
        gradients = {name: weight.grad.clone() for name, weight in network.named_parameters()
                     if weight.grad is not None}
        return {**gradients, **{str(number): answer.detach() for number, answer in enumerate(answers)}}


class CoarseSupervision(unittest.TestCase):
    def test_new_heads_beside_trained_weights_learn_alone_at_first(self):
        torch.manual_seed(10)
        image = torch.rand(1, 3, 64, 64)
        truth = Truth(torch.zeros(1, 64, 64, dtype=torch.long), torch.ones(1, 1, 64, 64), torch.ones(1, 3, 64, 64))
        with tempfile.TemporaryDirectory() as folder:
            start = Path(folder) / "start"
            torch.save({"average": SegNetMTAN(TINY).state_dict(), "coarse": {}, "filters": TINY}, start)
            options = train.parser().parse_args(["--out", folder, "--phase", "64x64:1:500steps",
                                                 "--start", str(start)])
            options.filters, options.scale = TINY, dict.fromkeys(train.TASK_NAMES, 1)
            run = Training(options)
        for step, learns in ((0, False), (HEADS_ALONE, True)):
            run.step = step
            run.model.zero_grad()
            run.coarse.zero_grad()
            run._coarse_losses(run.model.attend(image), truth, Style()).sum().backward()
            self.assertTrue(all(weight.grad.any() for weight in run.coarse.parameters()))
            self.assertEqual(any(weight.grad is not None and weight.grad.any() for weight in run.model.parameters()),
                             learns)


class Losses(unittest.TestCase):
    def setUp(self):
        generator = torch.Generator().manual_seed(3)
        self.outputs = [torch.randn(2, 13, 4, 4, generator=generator).log_softmax(dim=1),
                        torch.rand(2, 1, 4, 4, generator=generator) + 1,
                        torch.nn.functional.normalize(torch.randn(2, 3, 4, 4, generator=generator), dim=1)]
        self.truth = Truth(torch.randint(-1, 13, (2, 4, 4), generator=generator),
                           2 * torch.rand(2, 1, 4, 4, generator=generator) + 0.5,
                           torch.nn.functional.normalize(torch.randn(2, 3, 4, 4, generator=generator), dim=1))

    def test_what_is_void_or_invalid_does_not_count(self):
        everywhere = losses(ROOM_TASKS, self.outputs, self.truth)
        hole = (slice(None), slice(0, 2))
        label, depth, normal = (t.clone() for t in self.truth)
        label[hole], depth[:, :, :2], normal[:, :, :2] = -1, 0, 0
        outputs = [o.clone() for o in self.outputs]
        kept = losses(ROOM_TASKS, outputs, Truth(label, depth, normal))
        for output in outputs:
            output[:, :, :2] = 7.0
        torch.testing.assert_close(losses(ROOM_TASKS, outputs, Truth(label, depth, normal)), kept)
        self.assertFalse(torch.allclose(everywhere, kept))

    def test_the_relative_depth_loss_is_the_mean_of_error_over_truth(self):
        expected = np.mean(np.abs(self.outputs[1].numpy() - self.truth.depth.numpy()) / self.truth.depth.numpy())
        self.assertAlmostEqual(depth_loss(self.outputs[1], self.truth.depth, "relative").item(), expected, places=6)

    def test_the_slope_counts_only_where_the_error_changes(self):
        truth = self.truth.depth
        plain = depth_loss(1.25 * truth, truth, "relative")
        torch.testing.assert_close(depth_loss(1.25 * truth, truth, "relative", slope=2.0), plain)
        wave = 1.25 * truth * (1 + 0.1 * (-1.0) ** torch.arange(4))
        ratio = (wave / truth).numpy()
        changes = np.abs(np.diff(ratio, axis=2)).mean() + np.abs(np.diff(ratio, axis=3)).mean()
        expected = np.abs(ratio - 1).mean() + 0.5 * changes
        self.assertAlmostEqual(depth_loss(wave, truth, "relative", slope=2.0).item(), expected, places=5)

    def test_the_chord_is_the_length_of_the_difference(self):
        predicted, truth = self.outputs[2], self.truth.normal
        expected = np.linalg.norm(predicted.numpy() - truth.numpy(), axis=1).mean()
        self.assertAlmostEqual(normals_loss(predicted, truth, "chord").item(), expected, places=5)
        predicted = truth.clone().requires_grad_()
        normals_loss(predicted, truth, "chord").backward()
        self.assertTrue(predicted.grad.isfinite().all())


class Disturbing(unittest.TestCase):
    def test_only_the_share_of_images_that_is_asked_for_changes_and_stays_between_0_and_1(self):
        generator = torch.Generator().manual_seed(9)
        images = torch.rand(200, 3, 8, 8, generator=generator)
        for share in (0, 0.3, 1):
            found = disturb(images, generator, share)
            changed = (found != images).flatten(1).any(dim=1).float().mean().item()
            self.assertAlmostEqual(changed, share, delta=0.1 if 0 < share < 1 else 0)
            self.assertTrue(found.min() >= 0 and found.max() <= 1)


class Measures(unittest.TestCase):
    def test_metrics_are_those_of_counting_pixel_by_pixel(self):
        rng = np.random.default_rng(4)
        scores, label = rng.normal(size=(3, 5, 6)), rng.integers(-1, 3, (5, 6))
        metrics = Metrics(3)
        metrics.add({"segmentation": torch.from_numpy(scores)[None]}, torch.from_numpy(label), None, None)
        result = metrics.result(("a", "b", "c"))
        guess = scores.argmax(axis=0)
        pairs = [(t, g) for t, g in zip(label.ravel(), guess.ravel()) if t >= 0]
        self.assertAlmostEqual(result["pixel_accuracy"], sum(t == g for t, g in pairs) / len(pairs))
        iou = [sum(t == g == c for t, g in pairs) / sum(c in pair for pair in pairs) for c in range(3)]
        self.assertAlmostEqual(result["mean_iou"], np.mean(iou))
        for number, name in enumerate("abc"):
            guesses = [g for t, g in pairs if t == number]
            self.assertAlmostEqual(result["found"][name], guesses.count(number) / len(guesses))
            shares = {"abc"[g]: guesses.count(g) / len(guesses) for g in guesses if g != number}
            other, share = result["mistaken"][name]
            self.assertAlmostEqual(share, shares[other])
            self.assertAlmostEqual(share, max(shares.values()))

    def test_classes_without_pixels_or_without_mistakes_have_no_shares_of_them(self):
        label = torch.tensor([[0, 0], [1, -1]])
        guess = torch.tensor([[0, 2], [1, 2]])
        metrics = Metrics(3)
        metrics.add({"segmentation": torch.nn.functional.one_hot(guess).permute(2, 0, 1)[None]}, label, None, None)
        result = metrics.result(("a", "b", "c"))
        self.assertEqual(result["found"], {"a": 0.5, "b": 1, "c": None})
        self.assertEqual(result["mistaken"], {"a": ("c", 0.5), "b": None, "c": None})
        self.assertIn("| a | 0.500 | 0.667 | 0.500 | c 0.500 |", table(result))
        self.assertIn("| c | 0.000 | 0.000 | absent |  |", table(result))

    def test_the_ratio_of_depths_is_below_one_where_predictions_are_too_near(self):
        truth = torch.tensor([[1.0, 2.0], [4.0, 0.0]])                           # 0: no depth there
        metrics = Metrics(3)
        for share in (0.5, 0.9):
            metrics.add({"depth": (truth * share + 7 * (truth == 0))[None, None]}, None, truth, None)
        result = metrics.result(("a", "b", "c"))
        self.assertAlmostEqual(result["depth_ratio"], 0.7, places=6)
        self.assertAlmostEqual(result["depth_relative"], 0.3, places=6)


class Schedules(unittest.TestCase):
    def test_a_stop_of_the_process_does_not_use_up_the_schedule(self):
        clock = Clock([Phase.parse("32x32:1:10")])
        for seconds in [1.0] * 10 + [500.0] + [1.0] * 10:
            clock.tick(seconds)
        self.assertEqual(clock.spent, 23)

    def test_the_learning_rate_rises_to_its_peak_and_ends_near_zero(self):
        rates = [learning_rate(progress, 2.0) for progress in np.linspace(0, 1, 101)]
        self.assertAlmostEqual(max(rates), 2.0, places=3)
        self.assertLess(rates[0], 0.2)
        self.assertLess(rates[-1], 0.02)


class Widening(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(6)
        self.narrow = SegNetMTAN(TINY).eval()
        with torch.no_grad():
            for module in self.narrow.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.running_mean.normal_()
                    module.running_var.uniform_(0.5, 2)

    def widened(self, factor: int) -> SegNetMTAN:
        wide = SegNetMTAN(tuple(factor * width for width in TINY)).eval()
        wide.load_state_dict(widen(self.narrow.state_dict(), wide.state_dict(), factor))
        return wide

    def test_a_wider_network_gives_the_same_answers(self):
        image = torch.rand(1, 3, 32, 64)
        for factor in (1, 2, 3):
            with torch.inference_mode():
                for answer, expected in zip(self.widened(factor)(image), self.narrow(image)):
                    torch.testing.assert_close(answer, expected, rtol=1e-4, atol=1e-4)

    def test_rows_of_its_weights_are_as_long_as_before_and_equal_channels_differ_in_what_they_give(self):
        narrow = dict(self.narrow.named_parameters())
        for name, weight in self.widened(2).named_parameters():
            if weight.ndim == 4 and not name.startswith("pred_task"):
                self.assertAlmostEqual(weight.norm().item(), 2 ** 0.5 * narrow[name].norm().item(), places=4)
                if name != "encoder_block.0.0.weight":
                    self.assertGreater((weight[:, 0::2] - weight[:, 1::2]).norm(), 0.5 * weight.norm())
                    self.assertGreater((weight[0::2] - weight[1::2]).norm(), 0.5 * weight.norm())

    def test_only_whole_multiples_of_all_widths_are_wider(self):
        self.assertEqual(times_as_wide((8, 8, 16, 16, 16), TINY), 2)
        for filters in ((8, 8, 16, 16, 8), (2, 2, 4, 4, 4), (6, 6, 12, 12, 12)):
            with self.assertRaisesRegex(ValueError, "multiple"):
                times_as_wide(filters, TINY)


class Mixing(unittest.TestCase):
    def test_weights_of_another_network_and_shares_beyond_all_are_refused(self):
        weights, first = SegNetMTAN(TINY).state_dict(), "encoder_block.0.0.weight"
        del weights["logsigma"]
        with self.assertRaisesRegex(ValueError, f"{first} of shape .4, 3, 3, 3., found .8, 3, 3, 3."):
            mixed(weights, SegNetMTAN(tuple(2 * width for width in TINY)).state_dict(), 0.5)
        with self.assertRaisesRegex(ValueError, f"{first} of shape .* found nothing"):
            mixed(weights, {}, 0.5)
        for share in (-0.1, 1.1, float("nan")):
            with self.assertRaisesRegex(ValueError, "share from 0 to 1"):
                mixed(weights, weights, share)

    def test_statistics_of_batch_norm_that_are_not_the_same_are_refused(self):
        weights, name = SegNetMTAN(TINY).state_dict(), "encoder_block.0.1.running_mean"
        with self.assertRaisesRegex(ValueError, f"another {name}: mix .* :frozen"):
            mixed(weights, weights | {name: weights[name] + 1}, 0.5)


class Runs(unittest.TestCase):
    def run_script(self, script: str, *arguments) -> None:
        done = subprocess.run([sys.executable, HERE / script, *map(str, arguments)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr[-3000:])

    def test_a_run_goes_on_where_it_stopped_and_its_weights_are_served(self):
        for optimizer, processes in (("adam", 1), ("muon", 2)):
            with self.subTest(optimizer), tempfile.TemporaryDirectory() as folder:
                out, model = Path(folder) / "run", Path(folder) / "model"
                always = ["--out", out, "--optimizer", optimizer, "--processes", processes, "--filters", *TINY,
                          "--log-every", 1]
                self.run_script("train.py", *always, "--phase", "32x32:2:2steps")
                self.run_script("train.py", *always, "--phase", "32x32:2:4steps", "--resume")
                steps = [json.loads(line)["step"] for line in (out / "log.jsonl").read_text().splitlines()]
                self.assertEqual(steps, [1, 2, 3, 4])
                self.run_script("export.py", out / "checkpoint.pt", model)
                self.assert_served(model, torch.load(out / "checkpoint.pt", weights_only=True))

    def test_a_frozen_phase_keeps_the_statistics_and_changes_the_weights(self):
        with tempfile.TemporaryDirectory() as folder:
            always = ["--out", folder, "--processes", 1, "--filters", *TINY]
            state = []
            for phases in (["32x32:2:2steps"], ["32x32:2:2steps", "32x32:2:2steps:frozen"]):
                self.run_script("train.py", *always, "--resume", *(w for phase in phases for w in ("--phase", phase)))
                state.append(torch.load(Path(folder) / "checkpoint.pt", weights_only=True)["model"])
            before, after = state
            same = {name for name in before if torch.equal(before[name], after[name])}
            self.assertLessEqual({name for name in before if "running" in name}, same)
            self.assertNotIn("encoder_block.0.0.weight", same)
            self.assertNotIn("encoder_block.0.1.weight", same)
            self.assertTrue((before["encoder_block.0.1.running_mean"] != 0).any())

    @unittest.skipUnless(COMPILER, "no C++ compiler")
    def test_a_frozen_run_takes_the_same_way_with_winograds_convolutions(self):
        with tempfile.TemporaryDirectory() as folder:
            always = ["--processes", 1, "--filters", *[32] * 5, "--phase", "64x64:2:3steps:frozen", "--log-every", 1]
            logs = []
            for name, options in (("plain", []), ("winograd", ["--winograd"])):
                self.run_script("train.py", *always, "--out", Path(folder) / name, *options)
                lines = (Path(folder) / name / "log.jsonl").read_text().splitlines()
                logs.append([value for line in lines for key, value in json.loads(line).items() if "loss" in key])
            np.testing.assert_allclose(logs[1], logs[0], rtol=1e-2)

    def test_winograd_is_refused_where_it_would_not_be_used(self):
        for options in (["--bf16"], ["--device", "cuda"]):
            done = subprocess.run([sys.executable, HERE / "train.py", "--out", "unused", "--phase", "64x64:2:3steps",
                                   "--winograd", *options], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn("leave out --bf16 and --device", done.stderr)

    def test_a_compiler_that_is_not_there_is_named_before_any_process_begins(self):
        done = subprocess.run([sys.executable, HERE / "train.py", "--out", "unused", "--phase", "64x64:2:3steps",
                               "--winograd"], capture_output=True, text=True, env=os.environ | {"CXX": "no-such-cxx"})
        self.assertEqual(done.returncode, 2)
        self.assertRegex(done.stderr, "--winograd: needs a C.. compiler.*no-such-cxx")

    def test_the_finest_levels_of_the_encoder_keep_their_weights_and_the_rest_learns(self):
        with tempfile.TemporaryDirectory() as folder:
            early, late = Path(folder) / "early", Path(folder) / "late"
            always = ["--processes", 1, "--phase", "64x64:2:2steps", "--optimizer", "muon"]
            self.run_script("train.py", *always, "--out", early, "--filters", *TINY)
            self.run_script("train.py", *always, "--out", late, "--start", early / "checkpoint.pt",
                            "--keep-encoder", 2)
            before = torch.load(early / "checkpoint.pt", weights_only=True)["average"]
            after = torch.load(late / "checkpoint.pt", weights_only=True)["model"]
            kept = {name for name in before if "weight" in name and torch.equal(before[name], after[name])}
            convolutions = {name for name in before if name.endswith("weight") and before[name].ndim == 4}
            finest = {name for name in convolutions if re.match(FINEST_OF_ENCODER, name)}
            self.assertLessEqual(finest, kept)
            self.assertFalse((convolutions - finest) & kept)

    def test_a_run_begins_with_the_weights_of_a_narrower_run_or_model(self):
        with tempfile.TemporaryDirectory() as folder:
            narrow, model, wide = (Path(folder) / name for name in ("narrow", "model", "wide"))
            always = ["--processes", 1, "--phase", "32x32:2:1steps:frozen"]
            self.run_script("train.py", *always, "--out", narrow, "--filters", *TINY)
            self.run_script("export.py", narrow / "checkpoint.pt", model)
            first = "encoder_block.0.0.weight"
            expected = torch.load(narrow / "checkpoint.pt", weights_only=True)["average"][first]
            for start in (narrow / "checkpoint.pt", model):
                self.run_script("train.py", *always, "--out", wide, "--start", start, "--lr", 0,
                                "--filters", *(2 * width for width in TINY))
                found = torch.load(wide / "checkpoint.pt", weights_only=True)["model"][first]
                torch.testing.assert_close(found, expected.repeat_interleave(2, dim=0), rtol=1e-3, atol=1e-4)

    def test_a_share_of_the_weights_that_a_run_began_with_is_mixed_in(self):
        with tempfile.TemporaryDirectory() as folder:
            early, late, model = (Path(folder) / name for name in ("early", "late", "model"))
            always = ["--processes", 1, "--phase", "32x32:2:1steps:frozen"]
            self.run_script("train.py", *always, "--out", early, "--filters", *TINY)
            self.run_script("train.py", *always, "--out", late, "--start", early / "checkpoint.pt", "--lr", 0.1)
            self.run_script("export.py", late / "checkpoint.pt", model, "--mix", early / "checkpoint.pt", 0.25)
            first = "encoder_block.0.0.weight"
            begun, ended = (torch.load(run / "checkpoint.pt", weights_only=True)["average"][first]
                            for run in (early, late))
            self.assertFalse(torch.allclose(begun, ended, rtol=1e-3, atol=1e-4))
            torch.testing.assert_close(ServedModel(model).network.state_dict()[first], 0.25 * begun + 0.75 * ended,
                                       rtol=1e-3, atol=1e-4)

    def assert_served(self, model: Path, state: dict) -> None:
        """The exported weights answer as the averaged ones of the checkpoint, but for half precision."""
        image = np.random.default_rng(5).random((32, 32, 3), np.float32)
        network = SegNetMTAN(TINY)
        network.load_state_dict(state["average"])
        with torch.inference_mode():
            expected = network.eval()(torch.from_numpy(image.transpose(2, 0, 1))[None])
        for answer, output in zip(ServedModel(model).predict(image).values(), expected):
            self.assertLess((answer - output).abs().mean(), 1e-2 * output.abs().mean())


if __name__ == "__main__":
    unittest.main()
