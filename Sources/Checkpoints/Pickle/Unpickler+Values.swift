extension Unpickler {
    /// Executes one opcode other than STOP.
    mutating func execute(_ opcode: PickleOpcode) throws(CheckpointError) {
        if try executeScalar(opcode) { return }
        if try executeString(opcode) { return }
        if try executeContainer(opcode) { return }
        if try executeMemo(opcode) { return }
        try executeObject(opcode)
    }

    /// Protocol marks and numbers. Returns false for opcodes of another group.
    private mutating func executeScalar(_ opcode: PickleOpcode) throws(CheckpointError) -> Bool {
        switch opcode {
        case .proto:
            let version: UInt8 = try cursor.read()
            guard version <= 5 else {
                throw cursor.corrupt(expected: "a pickle protocol of at most 5", found: "\(version)")
            }
        case .frame: _ = try cursor.read(UInt64.self)
        case .none: stack.append(.none)
        case .newTrue: stack.append(.bool(true))
        case .newFalse: stack.append(.bool(false))
        case .textInt: stack.append(try readTextInt())
        case .binInt: stack.append(.int(Int(try cursor.read(Int32.self))))
        case .binInt1: stack.append(.int(Int(try cursor.read(UInt8.self))))
        case .binInt2: stack.append(.int(Int(try cursor.read(UInt16.self))))
        case .long1: stack.append(try readLong(UInt64(try cursor.read(UInt8.self))))
        case .long4: stack.append(try readLong(UInt64(try cursor.read(UInt32.self))))
        case .binFloat: stack.append(.float(Double(bitPattern: try cursor.read(UInt64.self).byteSwapped)))
        default: return false
        }
        return true
    }

    /// Strings and bytes. Returns false for opcodes of another group.
    private mutating func executeString(_ opcode: PickleOpcode) throws(CheckpointError) -> Bool {
        switch opcode {
        case .shortBinUnicode, .shortBinString:
            try pushString(UInt64(try cursor.read(UInt8.self)))
        case .binUnicode, .binString:
            try pushString(UInt64(try cursor.read(UInt32.self)))
        case .binUnicode8:
            try pushString(try cursor.read(UInt64.self))
        case .shortBinBytes: try pushBytes(UInt64(try cursor.read(UInt8.self)))
        case .binBytes: try pushBytes(UInt64(try cursor.read(UInt32.self)))
        case .binBytes8, .byteArray8: try pushBytes(try cursor.read(UInt64.self))
        default: return false
        }
        return true
    }

    /// The memo. Returns false for opcodes of another group.
    private mutating func executeMemo(_ opcode: PickleOpcode) throws(CheckpointError) -> Bool {
        switch opcode {
        case .binPut: memo[UInt32(try cursor.read(UInt8.self))] = try top()
        case .longBinPut: memo[try cursor.read(UInt32.self)] = try top()
        case .memoize: memo[UInt32(memo.count)] = try top()
        case .binGet: try pushMemo(UInt32(try cursor.read(UInt8.self)))
        case .longBinGet: try pushMemo(try cursor.read(UInt32.self))
        default: return false
        }
        return true
    }

    private mutating func pushMemo(_ index: UInt32) throws(CheckpointError) {
        guard let value = memo[index] else {
            throw cursor.corrupt(expected: "a value remembered as \(index)", found: "none")
        }
        stack.append(value)
    }

    private mutating func pushString(_ count: UInt64) throws(CheckpointError) {
        try spendText(count)
        stack.append(.string(try cursor.readString(count)))
    }

    private mutating func pushBytes(_ count: UInt64) throws(CheckpointError) {
        stack.append(.bytes(try cursor.readRange(count)))
    }

    /// An integer in decimal, or a bool written as 00 or 01: Python 2 writes integers above 32 bits so.
    private mutating func readTextInt() throws(CheckpointError) -> PickleValue {
        let line = try cursor.readLine(limit: 24)
        if line == "00" || line == "01" { return .bool(line == "01") }
        guard let value = Int(line) else { throw cursor.corrupt(expected: "an integer", found: "“\(line)”") }
        return .int(value)
    }

    /// A two's complement integer of `count` bytes, little-endian.
    private mutating func readLong(_ count: UInt64) throws(CheckpointError) -> PickleValue {
        try spendText(count)
        let range = try cursor.readRange(count)
        let bytes = cursor.file.withBytes(in: range) { Array($0) }
        guard bytes.count <= 8 else { return .bigInteger(bytes) }
        let isNegative = (bytes.last ?? 0) & 0x80 != 0
        let bits = bytes.reversed().reduce(isNegative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
        return .int(Int(truncatingIfNeeded: Int64(bitPattern: bits)))
    }
}
