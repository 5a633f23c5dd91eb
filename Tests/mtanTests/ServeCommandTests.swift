import Foundation
import TestSupport
import Testing

@testable import mtan

private let root = fixtureURL("").deletingLastPathComponent().deletingLastPathComponent()
private let models = root.appendingPathComponent("models").path

@Suite("mtan serve", .serialized)
struct ServeCommandTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        try FileManager.default.createSymbolicLink(
            at: folder.url("examples"), withDestinationURL: root.appendingPathComponent("examples"))
    }

    @Test("the curl examples of the README work, and what they fetch is what mtan predict writes")
    func readme() throws {
        let readme = try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let examples = readme.split(separator: "\n").filter { $0.hasPrefix("curl ") }
        #expect(examples.count >= 3)
        let server = try ServerProcess(["--models", models], in: folder)
        for example in examples {
            let line = example.replacing("http://localhost:8000", with: "http://127.0.0.1:\(server.port)")
            let run = try shell(String(line), in: folder)
            #expect(run.status == 0, "\(line): \(run.output)")
        }
        let predict = try CommandRun(
            "predict", "examples/room.jpg", "-o", "out", "-m", "\(models)/mtan-rooms", in: folder.path)
        #expect(predict.status == 0)
        let fetched = try Data(contentsOf: folder.url("depth.png"))
        #expect(try fetched == Data(contentsOf: folder.url("out/room.depth.png")))
        let unpack = "python3 -c 'import zipfile; zipfile.ZipFile(\"maps.zip\").extractall(\"zip\")'"
        #expect(try shell(unpack, in: folder).status == 0)
        for task in ["segmentation", "depth", "normals"] {
            let (zipped, written) = (folder.url("zip/\(task).png"), folder.url("out/room.\(task).png"))
            #expect(try Data(contentsOf: zipped) == Data(contentsOf: written), "\(task)")
        }
    }

    @Test("SIGTERM ends it with 0 after the request in work is answered")
    func stop() throws {
        let server = try ServerProcess(["--models", models], in: folder)
        let url = "http://127.0.0.1:\(server.port)"
        let request =
            "curl -s -o answer.png -w '%{http_code}' --data-binary @examples/room.jpg "
            + "-H 'Content-Type: image/jpeg' '\(url)/v1/predict?tasks=depth'"
        let started = "until curl -s \(url)/metrics | grep -q 'mtan_queue_depth.* 1$'; do sleep 0.01; done"
        let run = try shell(
            "\(request) > code & \(started); kill -TERM \(server.identifier); wait", in: folder)
        #expect(run.status == 0, "\(run.output)")
        #expect(server.wait() == 0)
        #expect(try String(contentsOf: folder.url("code"), encoding: .utf8) == "200")
        #expect(server.output.contains("stopping"))
        #expect(try CommandRun("health", url).status == 69)
    }

    @Test("a server that was killed can be started again at once on its port")
    func restart() throws {
        let first = try ServerProcess(["--models", models], in: folder)
        #expect(try shell("curl -sf http://127.0.0.1:\(first.port)/v2", in: folder).status == 0)
        first.send(SIGKILL)
        _ = first.wait()
        let second = try ServerProcess(["--models", models, "--port", "\(first.port)"], in: folder)
        #expect(second.port == first.port)
    }

    @Test("SIGHUP takes new models and new keys up at once")
    func reload() throws {
        let first = folder.url("models/first")
        try FileManager.default.createDirectory(at: folder.url("models"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: "\(models)/mtan-rooms", toPath: first.path)
        try Data("old\n".utf8).write(to: folder.url("keys"))
        let server = try ServerProcess(
            ["--models", "models", "--poll", "3600", "--keys", "keys"], in: folder)
        let list = "curl -s -H 'Authorization: Bearer KEY' http://127.0.0.1:\(server.port)/v1/models"
        #expect(try shell(list.replacing("KEY", with: "old"), in: folder).output.contains("mtan-rooms"))

        let second = folder.url("models/second")
        try FileManager.default.copyItem(at: first, to: second)
        let description = second.appendingPathComponent("model.json")
        let text = try String(contentsOf: description, encoding: .utf8)
        try Data(text.replacing("\"mtan-rooms\"", with: "\"another\"").utf8).write(to: description)
        try Data("new\n".utf8).write(to: folder.url("keys"))
        server.send(SIGHUP)
        let loaded = "for i in $(seq 600); do \(list) | grep -q another && exit 0; sleep 0.1; done; exit 1"
        #expect(try shell(loaded.replacing("KEY", with: "new"), in: folder).status == 0, "\(server.output)")
        #expect(try shell(list.replacing("KEY", with: "old"), in: folder).output.contains("unauthorized"))
    }

    @Test("a client that does not take its answer loses its connection")
    func reluctantReader() throws {
        let server = try ServerProcess(["--models", models, "--send-timeout", "1"], in: folder)
        // Four times all files of a photo, more than the system buffers, for a client that reads the first head only.
        let client = """
            import socket, sys, time
            s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            s.connect(("127.0.0.1", \(server.port))); photo = open("examples/room.jpg", "rb").read()
            s.sendall(4 * (b"POST /v1/predict?view=data,color,npy HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: image/jpeg\\r\\n"
                      + b"Content-Length: %d\\r\\n\\r\\n" % len(photo) + photo))
            head = s.recv(1000); length = int(head.lower().split(b"content-length: ")[1].split()[0])
            time.sleep(8); s.settimeout(20); got = 0
            try:
                while data := s.recv(1 << 20): got += len(data)
            except ConnectionResetError: pass
            sys.exit(not head.startswith(b"HTTP/1.1 200") or got >= 4 * length)
            """
        try Data(client.utf8).write(to: folder.url("client.py"))
        let run = try shell("python3 client.py", in: folder)
        #expect(run.status == 0, "\(run.output)")
        let metrics = "curl -s http://127.0.0.1:\(server.port)/metrics | grep 'mtan_queue_depth.* 0$'"
        #expect(try shell(metrics, in: folder).status == 0)
    }

    @Test("HTTPS is served with HTTP/2 and HTTP/1.1")
    func tls() throws {
        let make =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
            + "-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout key.pem -out cert.pem"
        #expect(try shell(make, in: folder).status == 0)
        let server = try ServerProcess(
            ["--models", models, "--tls-certificate", "cert.pem", "--tls-key", "key.pem"], in: folder,
            scheme: "https")
        for (flag, version) in [("--http2", "2"), ("--http1.1", "1.1")] {
            let run = try shell(
                "curl -sS --cacert cert.pem \(flag) -o \(version).png -w '%{http_version} %{http_code}' "
                    + "-H 'Content-Type: image/jpeg' --data-binary @examples/room.jpg "
                    + "'https://localhost:\(server.port)/v1/predict?tasks=depth'", in: folder)
            #expect(run.output == "\(version) 200")
        }
        #expect(try Data(contentsOf: folder.url("2.png")) == Data(contentsOf: folder.url("1.1.png")))
        #expect(try CommandRun("health", "https://127.0.0.1:\(server.port)").status == 69)
        let wrong = try CommandRun("serve", "--tls-certificate", "none.pem", "--tls-key", "none.pem")
        #expect(wrong.status == 64 && wrong.errors.contains("none.pem"))
    }

    @Test("a client that expects 100 Continue is told to go on, or refused before it sends its body")
    func expectContinue() throws {
        let server = try ServerProcess(["--models", models, "--max-bytes", "1"], in: folder)
        let curl =
            "curl -sS -o /dev/null -w '%{http_code} %{size_upload}' -H 'Expect: 100-continue' "
            + "--expect100-timeout 60 -H 'Content-Type: image/jpeg' "
        let url = "http://127.0.0.1:\(server.port)/v1/predict?tasks=depth"
        let fine = try shell("\(curl) --data-binary @examples/room.jpg '\(url)'", in: folder)
        #expect(fine.output.hasPrefix("200 "))
        try Data(count: 2 << 20).write(to: folder.url("zeros"))
        let refused = try shell("\(curl) --data-binary @zeros '\(url)'", in: folder)
        #expect(refused.output == "413 0")
    }

    @Test(
        "the command line beats the environment, which beats the file; wrong values are told with their place"
    )
    func settings() throws {
        try Data(#"{"log-format": "json", "max-bytes": 1, "log-level": "warning"}"#.utf8)
            .write(to: folder.url("mtan.json"))
        let server = try ServerProcess(
            ["--models", models, "--config", "mtan.json", "--log-level", "info"], in: folder,
            environment: ["MTAN_MAX_BYTES": "2", "MTAN_PORT": "tcp://10.0.0.1:8000"])
        #expect(server.output.contains(#""message":"listening""#))
        try Data(count: 3 << 20).write(to: folder.url("zeros"))
        let refused = try shell(
            "curl -s -H 'Content-Type: image/png' --data-binary @zeros http://127.0.0.1:\(server.port)/v1/predict",
            in: folder)
        #expect(refused.output.contains("at most 2097152 bytes"))

        try Data(#"{"queue": 0}"#.utf8).write(to: folder.url("range.json"))
        let range = try CommandRun("serve", "--config", "range.json", in: folder.path)
        #expect(
            range.status == 64
                && range.errors.contains("range.json: queue: --queue takes 1 to 100000; found 0"))
        try Data(#"{"quue": 1}"#.utf8).write(to: folder.url("typo.json"))
        let typo = try CommandRun("serve", "--config", "typo.json", in: folder.path)
        #expect(typo.status == 64 && typo.errors.contains("found \"quue\""))
    }

    @Test("help tells of every setting, and every setting can be set elsewhere")
    func help() throws {
        let help = try CommandRun("serve", "--help").output
        let options = Set(help.matches(of: /\n  (?:-\w, )?--([a-z0-9-]+)/).map { String($0.1) })
        #expect(options.subtracting(["help", "version"]) == Set(ServeSettings.names))
    }

    @Test("what is no address, no port and no folder is told, with the exit code for each")
    func unusable() throws {
        #expect(try CommandRun("serve", "--port", "70000").status == 64)
        let server = try ServerProcess(["--models", models], in: folder)
        let taken = try CommandRun("serve", "--models", models, "--port", "\(server.port)")
        #expect(taken.status == 69 && taken.errors.contains("cannot listen on 127.0.0.1:\(server.port)"))
        #expect(try CommandRun("health", "nonsense").status == 64)
        #expect(try CommandRun("health", "http://127.0.0.1:1").status == 69)
    }
}
