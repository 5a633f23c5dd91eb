import Images
import Tensors
import Testing

@Suite("NPY")
struct NPYTests {
    @Test("a tensor is written as numpy reads it")
    func golden() throws {
        let tensor = Tensor(shape: [1, 2, 1, 2], elements: [0, 1, -2.5, .infinity])
        let file = NPYEncoder.encode(tensor)
        let entry = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 1, 2), }"
        let padding = String(repeating: " ", count: 128 - 10 - entry.utf8.count - 1)
        #expect(Array(file.prefix(10)) == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, 118, 0])
        #expect(String(decoding: file[10..<128], as: UTF8.self) == entry + padding + "\n")
        #expect(
            Array(file[128...]) == [0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0, 0, 0x80, 0x7F])
    }

    @Test(
        "the header ends at a multiple of 64 bytes and spells tuples as Python does",
        arguments: [([], "()"), ([7], "(7,)"), ([3, 4], "(3, 4)"), ([1, 0, 5], "(1, 0, 5)")])
    func shapes(dimensions: [Int], tuple: String) throws {
        let tensor = try Tensor(zeros: Shape(dimensions))
        let file = NPYEncoder.encode(tensor)
        let header = file.count - 4 * tensor.shape.count
        #expect(header % 64 == 0)
        #expect(file[header - 1] == UInt8(ascii: "\n"))
        #expect(String(decoding: file[10..<header], as: UTF8.self).contains("'shape': \(tuple), }"))
    }
}
