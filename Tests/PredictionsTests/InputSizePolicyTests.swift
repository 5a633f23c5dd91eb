import Images
import Predictions
import Testing

@Suite("InputSizePolicy")
struct InputSizePolicyTests {
    private let training = PixelSize(width: 384, height: 288)

    @Test(
        "the aspect ratio is kept, near the training area, in multiples of 32",
        arguments: [
            (PixelSize(width: 640, height: 480), PixelSize(width: 384, height: 288)),
            (PixelSize(width: 384, height: 288), PixelSize(width: 384, height: 288)),
            (PixelSize(width: 480, height: 640), PixelSize(width: 288, height: 384)),
            (PixelSize(width: 1920, height: 1080), PixelSize(width: 448, height: 256)),
            (PixelSize(width: 4000, height: 4000), PixelSize(width: 320, height: 320)),
            (PixelSize(width: 1, height: 1), PixelSize(width: 320, height: 320)),
        ])
    func keep(photo: PixelSize, expected: PixelSize) {
        #expect(InputSizePolicy.keep.size(for: photo, training: training, multiple: 32) == expected)
    }

    @Test("photos up to an aspect ratio of 4 have the training area, to rounding, whatever the training size")
    func ordinary() {
        for training in [training, PixelSize(width: 256, height: 256), PixelSize(width: 224, height: 160)] {
            for ratio in stride(from: 1.0, through: 4, by: 0.05) {
                let long = Int(1000 * ratio)
                let scale = (Double(training.area) / Double(1000 * long)).squareRoot()
                let expected = [1000, Double(long)].map { max(Int(($0 * scale / 32).rounded()), 1) * 32 }
                let photo = PixelSize(width: long, height: 1000)
                let size = InputSizePolicy.keep.size(for: photo, training: training, multiple: 32)
                #expect([size.height, size.width] == expected, "\(photo) for \(training)")
            }
        }
    }

    @Test(
        "a panorama keeps its aspect ratio and half the short side of the training images, upright too",
        arguments: [
            (PixelSize(width: 8000, height: 500), PixelSize(width: 2304, height: 160)),
            (PixelSize(width: 500, height: 8000), PixelSize(width: 160, height: 2304)),
            (PixelSize(width: 6000, height: 1000), PixelSize(width: 864, height: 160)),
        ])
    func panorama(photo: PixelSize, expected: PixelSize) {
        #expect(InputSizePolicy.keep.size(for: photo, training: training, multiple: 32) == expected)
    }

    @Test("a panorama of 16:1 has more than the 32 rows that the training area would leave it")
    func rows() {
        let size = InputSizePolicy.keep.size(
            for: PixelSize(width: 8000, height: 500), training: PixelSize(width: 224, height: 160),
            multiple: 32)
        #expect(size == PixelSize(width: 1280, height: 96))
    }

    @Test("a strip is bounded in length, so that its area stays within four times the training images'")
    func strips() {
        for photo in [PixelSize(width: 65_000, height: 1), PixelSize(width: 1, height: 65_000)] {
            for training in [
                training, PixelSize(width: 64, height: 64), PixelSize(width: 2048, height: 1024),
            ] {
                let size = InputSizePolicy.keep.size(for: photo, training: training, multiple: 32)
                let short = min(size.width, size.height)
                #expect(abs(short - min(training.width, training.height) / 2) <= 16)
                #expect(size.area <= 4 * training.area + 16 * short)
                #expect(max(size.width, size.height) <= 4096)
            }
        }
    }

    @Test("stretching takes the training size whatever the photo's shape")
    func stretch() {
        let photo = PixelSize(width: 100, height: 900)
        #expect(InputSizePolicy.stretch.size(for: photo, training: training, multiple: 32) == training)
    }
}
