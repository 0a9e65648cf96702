using System.Buffers.Binary;

namespace Gateway.Engine.Kernels.Cpu.MachineCode;

/// <summary>
/// Writes x86-64 machine code, one method per instruction that the kernels use, named as in Intel's manual (Software Developer's Manual,
/// volume 2, where the encodings are from too).
/// </summary>
/// <remarks>
/// .NET has no intrinsics for 512-bit VNNI, for AVX-512 with BF16 and for AMX; everything else that a kernel needs is here so that it is one piece.
/// </remarks>
internal sealed class Assembler
{
    private readonly List<byte> _code = [];

    /// <summary>The code so far.</summary>
    public byte[] ToArray() => [.. _code];

    /// <summary>The place where the next instruction will be, to jump back to.</summary>
    public int Here => _code.Count;

    public void Push(Gpr register) => ShortForm(0x50, register);

    public void Pop(Gpr register) => ShortForm(0x58, register);

    public void Ret() => _code.Add(0xC3);

    /// <summary>Ends the use of wide registers, so that code after it that uses narrow ones does not wait for their upper halves.</summary>
    public void Vzeroupper() => _code.AddRange([0xC5, 0xF8, 0x77]);

    /// <summary>register = [address]</summary>
    public void Mov(Gpr register, Address address)
    {
        _code.AddRange([Rex(register, address), 0x8B]);
        Operand((int)register, address, 1);
    }

    /// <summary>register = the address itself</summary>
    public void Lea(Gpr register, Address address)
    {
        _code.AddRange([Rex(register, address), 0x8D]);
        Operand((int)register, address, 1);
    }

    /// <summary>register = value, zero-extended.</summary>
    public void Mov(Gpr register, int value)
    {
        if (register >= Gpr.R8)
        {
            _code.Add(0x41);
        }

        _code.Add((byte)(0xB8 | ((int)register & 7)));
        Immediate(value);
    }

    /// <summary>register += value</summary>
    public void Add(Gpr register, int value)
    {
        _code.AddRange([(byte)(0x48 | ((int)register >> 3)), 0x81, (byte)(0xC0 | ((int)register & 7))]);
        Immediate(value);
    }

    /// <summary>Jumps to an earlier place if the last result was not zero.</summary>
    public void Jnz(int target)
    {
        _code.AddRange([0x0F, 0x85]);
        Immediate(target - (_code.Count + sizeof(int)));
    }

    /// <summary>Asks for a cache line ahead of its use, into all levels.</summary>
    public void Prefetcht0(Address address) => Prefetch(1, address);

    /// <summary>Asks for a cache line ahead of its use, into the second level and below.</summary>
    public void Prefetcht1(Address address) => Prefetch(2, address);

    /// <summary>All bits to zero.</summary>
    public void Vpxord(Zmm target, Zmm a, Zmm b) => Evex(0xEF, Map.Of0F, Prefix.X66, target, a, b);

    /// <summary>Copies 64 bytes from memory.</summary>
    public void Vmovdqu32(Zmm target, Address source) => Evex(0x6F, Map.Of0F, Prefix.F3, target, default, source, 64);

    /// <summary>Copies 64 bytes to memory.</summary>
    public void Vmovups(Address target, Zmm source) => Evex(0x11, Map.Of0F, Prefix.None, source, default, target, 64);

    /// <summary>Sixteen copies of a 32-bit value.</summary>
    public void Vpbroadcastd(Zmm target, Address source) => Evex(0x58, Map.Of0F38, Prefix.X66, target, default, source, 4);

    /// <summary>Sixteen copies of the lower half of a general-purpose register.</summary>
    public void Vpbroadcastd(Zmm target, Gpr source) => Evex(0x7C, Map.Of0F38, Prefix.X66, target, default, new Zmm((int)source));

    /// <summary>Shifts each 32-bit number left.</summary>
    public void Vpslld(Zmm target, Zmm source, byte bits) => Shift(0x72, 6, target, source, bits);

    /// <summary>Shifts each 16-bit number right, zeros coming in.</summary>
    public void Vpsrlw(Zmm target, Zmm source, byte bits) => Shift(0x71, 2, target, source, bits);

    /// <summary>Shifts each 16-bit number left.</summary>
    public void Vpsllw(Zmm target, Zmm source, byte bits) => Shift(0x71, 6, target, source, bits);

    public void Vpord(Zmm target, Zmm a, Zmm b) => Evex(0xEB, Map.Of0F, Prefix.X66, target, a, b);

    /// <summary>target = a &amp; sixteen copies of [b]</summary>
    public void VpanddBroadcast(Zmm target, Zmm a, Address b) => Evex(0xDB, Map.Of0F, Prefix.X66, target, a, b, 4, broadcasts: true);

    public void Vpandd(Zmm target, Zmm a, Zmm b) => Evex(0xDB, Map.Of0F, Prefix.X66, target, a, b);

    public void Vpaddd(Zmm target, Zmm a, Zmm b) => Evex(0xFE, Map.Of0F, Prefix.X66, target, a, b);

    public void Vpaddd(Zmm target, Zmm a, Address b) => Evex(0xFE, Map.Of0F, Prefix.X66, target, a, b, 64);

    /// <summary>target = a + sixteen copies of [b]</summary>
    public void VpadddBroadcast(Zmm target, Zmm a, Address b) => Evex(0xFE, Map.Of0F, Prefix.X66, target, a, b, 4, broadcasts: true);

    /// <summary>32-bit integers to float32.</summary>
    public void Vcvtdq2ps(Zmm target, Zmm source) => Evex(0x5B, Map.Of0F, Prefix.None, target, default, source);

    /// <summary>Sixteen binary16 numbers to float32.</summary>
    public void Vcvtph2ps(Zmm target, Address source) => Evex(0x13, Map.Of0F38, Prefix.X66, target, default, source, 32);

    /// <summary>Sixteen signed bytes to 32-bit integers.</summary>
    public void Vpmovsxbd(Zmm target, Address source) => Evex(0x21, Map.Of0F38, Prefix.X66, target, default, source, 16);

    public void Vmulps(Zmm target, Zmm a, Zmm b) => Evex(0x59, Map.Of0F, Prefix.None, target, a, b);

    /// <summary>target = a · sixteen copies of [b]</summary>
    public void VmulpsBroadcast(Zmm target, Zmm a, Address b) => Evex(0x59, Map.Of0F, Prefix.None, target, a, b, 4, broadcasts: true);

    /// <summary>target += a · b, rounded once.</summary>
    public void Vfmadd231ps(Zmm target, Zmm a, Zmm b) => Evex(0xB8, Map.Of0F38, Prefix.X66, target, a, b);

    /// <summary>target += a · sixteen copies of [b], rounded once.</summary>
    public void Vfmadd231psBroadcast(Zmm target, Zmm a, Address b) => Evex(0xB8, Map.Of0F38, Prefix.X66, target, a, b, 4, broadcasts: true);

    /// <summary>target = target · a + [b], rounded once.</summary>
    public void Vfmadd213ps(Zmm target, Zmm a, Address b) => Evex(0xA8, Map.Of0F38, Prefix.X66, target, a, b, 64);

    /// <summary>target += a · b, four unsigned bytes of a with four signed bytes of b per lane.</summary>
    public void Vpdpbusd(Zmm target, Zmm a, Zmm b) => Evex(0x50, Map.Of0F38, Prefix.X66, target, a, b);

    /// <summary>target += a · b, two bfloat16 numbers of each per lane: the product of the upper ones first, each added and rounded by itself.</summary>
    public void Vdpbf16ps(Zmm target, Zmm a, Zmm b) => Evex(0x52, Map.Of0F38, Prefix.F3, target, a, b);

    /// <summary>Sets the shapes of the tiles from 64 bytes of memory.</summary>
    public void Ldtilecfg(Address configuration) => TileMemory(0x49, Prefix.None, 0, configuration);

    public void Tilerelease() => _code.AddRange([0xC4, 0xE2, 0x78, 0x49, 0xC0]);

    public void Tilezero(Tmm target) => _code.AddRange([0xC4, 0xE2, 0x7B, 0x49, (byte)(0xC0 | (target.Number << 3))]);

    /// <summary>Loads the rows of a tile; the index register of the address is the distance between rows.</summary>
    public void Tileloadd(Tmm target, Address rows) => TileMemory(0x4B, Prefix.F2, target.Number, rows);

    /// <summary>Stores the rows of a tile; the index register of the address is the distance between rows.</summary>
    public void Tilestored(Address rows, Tmm source) => TileMemory(0x4B, Prefix.F3, source.Number, rows);

    /// <summary>target += a · b over groups of four bytes, those of a signed, those of b unsigned.</summary>
    public void Tdpbsud(Tmm target, Tmm a, Tmm b) => TileProduct(0x5E, target, a, b);

    /// <summary>target += a · b over pairs of bfloat16 numbers, summed in float32.</summary>
    public void Tdpbf16ps(Tmm target, Tmm a, Tmm b) => TileProduct(0x5C, target, a, b);

    private void Prefetch(int hint, Address address)
    {
        var rex = (byte)(0x40 | Extension(address));
        if (rex != 0x40)
        {
            _code.Add(rex);
        }

        _code.AddRange([0x0F, 0x18]);
        Operand(hint, address, 1);
    }

    private void ShortForm(byte opcode, Gpr register)
    {
        if (register >= Gpr.R8)
        {
            _code.Add(0x41);
        }

        _code.Add((byte)(opcode | ((int)register & 7)));
    }

    private void Shift(byte opcode, int extension, Zmm target, Zmm source, byte bits)
    {
        // The target stands where the second operand of others does.
        Evex(opcode, Map.Of0F, Prefix.X66, new Zmm(extension), target, source);
        _code.Add(bits);
    }

    private void Evex(byte opcode, Map map, Prefix prefix, Zmm register, Zmm second, Zmm third)
    {
        EvexPrefix(map, prefix, register.Number, second.Number, (third.Number & 8) >> 3, third.Number >> 4, broadcasts: false);
        _code.AddRange([opcode, (byte)(0xC0 | ((register.Number & 7) << 3) | (third.Number & 7))]);
    }

    private void Evex(
        byte opcode, Map map, Prefix prefix, Zmm register, Zmm second, Address memory, int displacementUnit, bool broadcasts = false)
    {
        EvexPrefix(map, prefix, register.Number, second.Number, (int)memory.Base >> 3, (int)(memory.Index ?? 0) >> 3, broadcasts);
        _code.Add(opcode);
        Operand(register.Number, memory, displacementUnit);
    }

    // Registers' higher bits are stored inverted.
    private void EvexPrefix(Map map, Prefix prefix, int register, int second, int baseBit, int indexBit, bool broadcasts) => _code.AddRange(
    [
        0x62,
        (byte)(Inverted(register >> 3, 7) | Inverted(indexBit, 6) | Inverted(baseBit, 5) | Inverted(register >> 4, 4) | (int)map),
        (byte)(((~second & 15) << 3) | 4 | (int)prefix),
        (byte)(0x40 | (broadcasts ? 0x10 : 0) | Inverted(second >> 4, 3)),
    ]);

    private void TileProduct(byte opcode, Tmm target, Tmm a, Tmm b) =>
        _code.AddRange([0xC4, 0xE2, (byte)((~b.Number & 15) << 3 | (int)Prefix.F3), opcode, (byte)(0xC0 | (target.Number << 3) | a.Number)]);

    private void TileMemory(byte opcode, Prefix prefix, int register, Address memory)
    {
        var first = Inverted(0, 7) | Inverted((int)(memory.Index ?? 0) >> 3, 6) | Inverted((int)memory.Base >> 3, 5) | (int)Map.Of0F38;
        _code.AddRange([0xC4, (byte)first, (byte)(0x78 | (int)prefix), opcode]);
        Operand(register, memory, 1);
    }

    /// <summary>ModRM, SIB where it is needed, and displacement.</summary>
    /// <param name="register">The other operand.</param>
    /// <param name="memory">Where.</param>
    /// <param name="unit">What a displacement of one byte counts: in EVEX, as many bytes as the operand has.</param>
    private void Operand(int register, Address memory, int unit)
    {
        var (displacement, lowBase) = (memory.Displacement, (int)memory.Base & 7);
        var isShort = displacement % unit == 0 && displacement / unit is >= sbyte.MinValue and <= sbyte.MaxValue;

        // A base of rbp or r13 without displacement would mean something else.
        var mode = displacement == 0 && lowBase != (int)Gpr.Rbp ? 0 : isShort ? 0x40 : 0x80;
        if (memory.Index is not null || lowBase == (int)Gpr.Rsp)
        {
            var index = (int)(memory.Index ?? Gpr.Rsp) & 7;
            _code.AddRange([(byte)(mode | ((register & 7) << 3) | 4), (byte)((index << 3) | lowBase)]);
        }
        else
        {
            _code.Add((byte)(mode | ((register & 7) << 3) | lowBase));
        }

        if (mode == 0x40)
        {
            _code.Add((byte)(displacement / unit));
        }
        else if (mode == 0x80)
        {
            Immediate(displacement);
        }
    }

    private void Immediate(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _code.AddRange(bytes);
    }

    private static byte Rex(Gpr register, Address memory) => (byte)(0x48 | ((int)register >> 3 << 2) | Extension(memory));

    private static int Extension(Address memory) => ((int)(memory.Index ?? 0) >> 3 << 1) | ((int)memory.Base >> 3);

    private static int Inverted(int bit, int place) => (~bit & 1) << place;

    private enum Map
    {
        Of0F = 1,
        Of0F38 = 2,
    }

    private enum Prefix
    {
        None,
        X66,
        F3,
        F2,
    }
}
