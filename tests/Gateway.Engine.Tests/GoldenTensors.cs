using System.Runtime.InteropServices;
using Gateway.Engine.Weights;

namespace Gateway.Engine.Tests;

/// <summary>The arrays of a golden.safetensors.</summary>
internal sealed class GoldenTensors(string path) : IDisposable
{
    private readonly SafetensorsFile _file = SafetensorsFile.Open(path);

    public float[] Floats(string name) => Read<float>(name);

    public int[] Integers(string name) => Read<int>(name);

    public ushort[] Halves(string name) => Read<ushort>(name);

    public byte[] Bytes(string name) => Read<byte>(name);

    public int Columns(string name) => (int)_file.Entries[name].Shape[^1];

    public void Dispose() => _file.Dispose();

    private T[] Read<T>(string name)
        where T : unmanaged
    {
        var entry = _file.Entries[name];
        var values = new T[entry.ByteCount / Marshal.SizeOf<T>()];
        _file.Read(entry, 0, MemoryMarshal.AsBytes(values.AsSpan()));
        return values;
    }
}
