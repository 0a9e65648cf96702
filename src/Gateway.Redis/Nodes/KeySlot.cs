namespace Gateway.Redis.Nodes;

/// <summary>Where a cluster keeps a key: one of 16,384 slots (<see href="https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/">specification</see>).</summary>
internal static class KeySlot
{
    public const int Count = 16_384;

    private static readonly ushort[] Table = MakeTable();

    /// <summary>By what stands in the first braces, if anything does; else by the whole key.</summary>
    public static int Of(ReadOnlySpan<byte> key)
    {
        int open = key.IndexOf((byte)'{');
        int length = open < 0 ? -1 : key[(open + 1)..].IndexOf((byte)'}');
        return Crc16(length > 0 ? key.Slice(open + 1, length) : key) % Count;
    }

    private static ushort Crc16(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0;
        foreach (byte value in bytes)
        {
            crc = (ushort)((crc << 8) ^ Table[((crc >> 8) ^ value) & 0xFF]);
        }

        return crc;
    }

    /// <summary>Of CRC-16/XMODEM: the polynomial 0x1021, from the highest bit.</summary>
    private static ushort[] MakeTable()
    {
        var table = new ushort[256];
        for (int value = 0; value < table.Length; value++)
        {
            int crc = value << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }

            table[value] = (ushort)crc;
        }

        return table;
    }
}
