using System.Buffers.Binary;

namespace Gateway.Engine.Tests.Kernels.Cpu.MachineCode;

/// <summary>
/// Runs the machine code of the kernels byte by byte, from the descriptions in Intel's manual and by no code that it shares with the
/// assembler: so that instructions can be tried which the processor at hand does not have. Memory is the process's own.
/// </summary>
internal sealed unsafe class Interpreter
{
    private const int Lanes = 16;

    private readonly ulong[] _registers = new ulong[16];
    private readonly uint[][] _vectors = [.. Enumerable.Range(0, 32).Select(_ => new uint[Lanes])];
    private readonly byte[][] _tiles = [.. Enumerable.Range(0, 8).Select(_ => new byte[1024])];
    private readonly (int Rows, int Bytes)[] _shapes = new (int, int)[8];
    private readonly Stack<ulong> _stack = [];
    private byte[] _code = [];
    private int _at;
    private bool _isZero;
    private bool _hasTiles;

    /// <summary>Calls a function of one argument, which must leave the registers as the convention asks.</summary>
    public void Call(byte[] code, ulong argument)
    {
        (_code, _at) = (code, 0);
        var saved = _registers[3] = 0x1234;
        _registers[7] = argument;
        while (Step())
        {
        }

        if (_stack.Count != 0 || _registers[3] != saved || _hasTiles)
        {
            throw new InvalidOperationException("The function leaves the stack, a register that is not its own, or tiles in use behind.");
        }
    }

    private bool Step()
    {
        var first = Next();
        switch (first)
        {
            case 0x62:
                Vector();
                return true;
            case 0xC4:
                Tile();
                return true;
            case 0xC5 when Next() == 0xF8 && Next() == 0x77:
                return true;
            case 0xC3:
                return false;
        }

        var rex = 0;
        if ((first & 0xF0) == 0x40)
        {
            (rex, first) = (first, Next());
        }

        var (isWide, high, low) = ((rex & 8) != 0, (rex & 4) << 1, (rex & 1) << 3);
        if ((first & 0xF8) == 0x50)
        {
            _stack.Push(_registers[(first & 7) | low]);
        }
        else if ((first & 0xF8) == 0x58)
        {
            _registers[(first & 7) | low] = _stack.Pop();
        }
        else if ((first & 0xF8) == 0xB8 && !isWide)
        {
            _registers[(first & 7) | low] = (uint)NextInt();
        }
        else if (first is 0x8B or 0x8D && isWide)
        {
            var (register, address) = Operand(low, (rex & 2) << 2, 1);
            _registers[register | high] = first == 0x8B ? *(ulong*)address : address;
        }
        else if (first == 0x81 && isWide)
        {
            var register = (Next() & 7) | low;
            _registers[register] += (ulong)(long)NextInt();
            _isZero = _registers[register] == 0;
        }
        else if (first == 0x0F)
        {
            var second = Next();
            if (second == 0x85)
            {
                var distance = NextInt();
                _at += _isZero ? 0 : distance;
            }
            else if (second == 0x18)
            {
                _ = Operand(low, (rex & 2) << 2, 1);
            }
            else
            {
                throw Unknown(second);
            }
        }
        else
        {
            throw Unknown(first);
        }

        return true;
    }

    /// <summary>EVEX: 512 bits, no masks.</summary>
    private void Vector()
    {
        var (p0, p1, p2, opcode) = (Next(), Next(), Next(), Next());
        var (map, prefix) = (p0 & 7, p1 & 3);
        var broadcasts = (p2 & 0x10) != 0;
        var modrm = _code[_at];
        var third = new uint[Lanes];
        ulong address = 0;
        if (modrm >> 6 == 3)
        {
            _at++;
            var number = (modrm & 7) | ((~p0 >> 5 & 1) << 3) | ((~p0 >> 6 & 1) << 4);
            third = opcode == 0x7C ? [(uint)_registers[number & 15]] : _vectors[number];
        }
        else
        {
            var unit = broadcasts || (map == 2 && opcode == 0x58) ? 4 : opcode == 0x13 ? 32 : opcode == 0x21 ? 16 : 64;
            address = Operand((~p0 >> 5 & 1) << 3, (~p0 >> 6 & 1) << 3, unit).Address;
            for (var lane = 0; lane < Lanes && opcode != 0x11; lane++)
            {
                third[lane] = unit switch
                {
                    4 => *(uint*)address,
                    16 => ((byte*)address)[lane],
                    32 => ((ushort*)address)[lane],
                    _ => ((uint*)address)[lane],
                };
            }
        }

        var target = _vectors[((modrm >> 3) & 7) | ((~p0 >> 7 & 1) << 3) | ((~p0 >> 4 & 1) << 4)];
        var second = _vectors[(~p1 >> 3 & 15) | ((~p2 >> 3 & 1) << 4)];
        var extension = (modrm >> 3) & 7;
        if (opcode is 0x72 or 0x71)
        {
            // These name their target where others have the second operand.
            (target, second) = (second, [.. Enumerable.Repeat((uint)Next(), Lanes)]);
        }

        for (var lane = 0; lane < Lanes; lane++)
        {
            var (a, b, c) = (target[lane], second[lane], third[opcode == 0x7C ? 0 : lane]);
            switch (map, prefix, opcode)
            {
                case (1, 0, 0x11): ((uint*)address)[lane] = a; break;
                case (1, 2, 0x6F) or (2, 1, 0x58) or (2, 1, 0x7C): target[lane] = c; break;
                case (1, 1, 0xEF): target[lane] = b ^ c; break;
                case (1, 1, 0xEB): target[lane] = b | c; break;
                case (1, 1, 0xDB): target[lane] = b & c; break;
                case (1, 1, 0xFE): target[lane] = b + c; break;
                case (1, 1, 0x72) when extension == 6: target[lane] = c << (int)b; break;
                case (1, 1, 0x71) when extension == 2: target[lane] = ((c & 0xFFFF) >> (int)b) | (c >> 16 >> (int)b << 16); break;
                case (1, 1, 0x71) when extension == 6: target[lane] = ((c << (int)b) & 0xFFFF) | (c >> 16 << (int)b << 16); break;
                case (2, 1, 0x21): target[lane] = (uint)(sbyte)c; break;
                case (1, 0, 0x5B): target[lane] = Bits((int)c); break;
                case (2, 1, 0x13): target[lane] = Bits((float)BitConverter.UInt16BitsToHalf((ushort)c)); break;
                case (1, 0, 0x59): target[lane] = Bits(Single(b) * Single(c)); break;
                case (2, 1, 0xB8): target[lane] = Bits(MathF.FusedMultiplyAdd(Single(b), Single(c), Single(a))); break;
                case (2, 1, 0xA8): target[lane] = Bits(MathF.FusedMultiplyAdd(Single(b), Single(a), Single(c))); break;
                case (2, 1, 0x50): target[lane] = a + (uint)Enumerable.Range(0, 4).Sum(i => (byte)(b >> (8 * i)) * (sbyte)(c >> (8 * i))); break;
                case (2, 2, 0x52):
                    var odd = BFloat16Arithmetic.Add(Single(a), BFloat16Arithmetic.Upper(b), BFloat16Arithmetic.Upper(c));
                    target[lane] = Bits(BFloat16Arithmetic.Add(odd, BFloat16Arithmetic.Lower(b), BFloat16Arithmetic.Lower(c)));
                    break;
                default: throw Unknown(opcode);
            }
        }
    }

    /// <summary>VEX with three bytes: AMX.</summary>
    private void Tile()
    {
        var (p0, p1, opcode, modrm) = (Next(), Next(), Next(), _code[_at]);
        var (prefix, register) = (p1 & 3, (modrm >> 3) & 7);
        if (opcode == 0x49 && modrm >> 6 == 3)
        {
            _at++;
            _hasTiles = prefix == 3 && _hasTiles;
            Array.Clear(_tiles[prefix == 3 ? register : 0]);
            return;
        }

        if (opcode == 0x49)
        {
            var configuration = (byte*)Operand((~p0 >> 5 & 1) << 3, (~p0 >> 6 & 1) << 3, 1).Address;
            for (var tile = 0; tile < 8; tile++)
            {
                _shapes[tile] = (configuration[48 + tile], *(ushort*)(configuration + 16 + (2 * tile)));
            }

            _hasTiles = configuration[0] == 1;
            return;
        }

        if (!_hasTiles)
        {
            throw new InvalidOperationException("Tiles are used before they have shapes.");
        }

        if (opcode is 0x5E or 0x5C && prefix == 2)
        {
            _at++;
            Multiply(opcode, register, modrm & 7, ~p1 >> 3 & 7);
            return;
        }

        // The index register is the distance between rows.
        var index = ((_code[_at + 1] >> 3) & 7) | ((~p0 >> 6 & 1) << 3);
        var stride = _registers[index];
        var first = Operand((~p0 >> 5 & 1) << 3, (~p0 >> 6 & 1) << 3, 1).Address;
        var (rows, bytes) = _shapes[register];
        for (var row = 0; row < rows; row++)
        {
            // The address has the index in it once already.
            var memory = new Span<byte>((void*)(first - stride + ((ulong)row * stride)), bytes);
            var place = _tiles[register].AsSpan(row * 64, bytes);
            if (opcode == 0x4B && prefix == 3)
            {
                memory.CopyTo(place);
            }
            else if (opcode == 0x4B && prefix == 2)
            {
                place.CopyTo(memory);
            }
            else
            {
                throw Unknown(opcode);
            }
        }
    }

    /// <summary>Signed bytes of a by unsigned bytes of b, or bfloat16 numbers of both.</summary>
    private void Multiply(byte opcode, int target, int a, int b)
    {
        if (_shapes[a].Bytes != _shapes[b].Rows * 4 || _shapes[target] != (_shapes[a].Rows, _shapes[b].Bytes) || target == a || a == b || target == b)
        {
            throw new InvalidOperationException("The shapes of the tiles do not fit.");
        }

        for (var row = 0; row < _shapes[a].Rows; row++)
        {
            for (var column = 0; column < _shapes[b].Bytes / 4; column++)
            {
                var sum = _tiles[target].AsSpan((row * 64) + (column * 4), 4);
                if (opcode == 0x5C)
                {
                    AddPairs(sum, _tiles[a].AsSpan(row * 64, _shapes[a].Bytes), _tiles[b].AsSpan(column * 4));
                    continue;
                }

                var value = BinaryPrimitives.ReadInt32LittleEndian(sum);
                for (var k = 0; k < _shapes[a].Bytes; k++)
                {
                    value += (sbyte)_tiles[a][(row * 64) + k] * _tiles[b][(k / 4 * 64) + (column * 4) + (k % 4)];
                }

                BinaryPrimitives.WriteInt32LittleEndian(sum, value);
            }
        }
    }

    /// <summary>Adds the products of a row of pairs and a column of them, each 64 bytes after the last.</summary>
    private static void AddPairs(Span<byte> sum, ReadOnlySpan<byte> row, ReadOnlySpan<byte> column)
    {
        var (even, odd) = (0f, 0f);
        for (var pair = 0; pair < row.Length / 4; pair++)
        {
            var (a, b) = (BinaryPrimitives.ReadUInt32LittleEndian(row[(pair * 4)..]), BinaryPrimitives.ReadUInt32LittleEndian(column[(pair * 64)..]));
            even = BFloat16Arithmetic.Add(even, BFloat16Arithmetic.Lower(a), BFloat16Arithmetic.Lower(b));
            odd = BFloat16Arithmetic.Add(odd, BFloat16Arithmetic.Upper(a), BFloat16Arithmetic.Upper(b));
        }

        var value = BFloat16Arithmetic.Flush(BinaryPrimitives.ReadSingleLittleEndian(sum) + BFloat16Arithmetic.Flush(even + odd));
        BinaryPrimitives.WriteSingleLittleEndian(sum, value);
    }

    private (int Register, ulong Address) Operand(int baseHigh, int indexHigh, int unit)
    {
        var modrm = Next();
        var (mode, low) = (modrm >> 6, modrm & 7);
        ulong address;
        if (low == 4)
        {
            var sib = Next();
            var index = ((sib >> 3) & 7) | indexHigh;
            address = _registers[(sib & 7) | baseHigh] + (index == 4 ? 0 : _registers[index] << (sib >> 6));
        }
        else
        {
            address = mode == 0 && low == 5 ? throw Unknown(modrm) : _registers[low | baseHigh];
        }

        address += (ulong)(mode switch { 1 => (sbyte)Next() * (long)unit, 2 => NextInt(), _ => 0 });
        return ((modrm >> 3) & 7, address);
    }

    private byte Next() => _code[_at++];

    private int NextInt()
    {
        _at += sizeof(int);
        return BinaryPrimitives.ReadInt32LittleEndian(_code.AsSpan(_at - sizeof(int)));
    }

    private InvalidOperationException Unknown(int opcode) => new($"No instruction that the kernels use: {opcode:X2} before {_at}.");

    private static float Single(uint bits) => BitConverter.UInt32BitsToSingle(bits);

    private static uint Bits(float value) => BitConverter.SingleToUInt32Bits(value);
}
