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

    @Test("a strip is bounded in length, so that its area stays near that of the training images")
    func strips() {
        for photo in [PixelSize(width: 65_000, height: 1), PixelSize(width: 1, height: 65_000)] {
            let size = InputSizePolicy.keep.size(for: photo, training: training, multiple: 32)
            #expect(min(size.width, size.height) == 32)
            #expect(size.area <= training.area + 32 * 32)
        }
    }

    @Test("stretching takes the training size whatever the photo's shape")
    func stretch() {
        let photo = PixelSize(width: 100, height: 900)
        #expect(InputSizePolicy.stretch.size(for: photo, training: training, multiple: 32) == training)
    }
}
