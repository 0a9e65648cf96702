using System.Text;

namespace Gateway.Engine.Tests.Weights.Gguf;

/// <summary>Writes GGUF files for tests, well-formed or not.</summary>
internal sealed class GgufBuilder
{
    private readonly List<byte[]> _keys = [];
    private readonly List<byte[]> _tensors = [];

    public uint Version { get; set; } = 3;

    public byte[] Magic { get; set; } = "GGUF"u8.ToArray();

    public ulong? TensorCount { get; set; }

    public ulong? KeyCount { get; set; }

    public int Alignment { get; set; } = 32;

    /// <summary>Bytes behind the header.</summary>
    public byte[] Data { get; set; } = [];

    public GgufBuilder Key(string name, uint type, params byte[] value)
    {
        _keys.Add([.. Text(name), .. BitConverter.GetBytes(type), .. value]);
        return this;
    }

    public GgufBuilder Tensor(string name, uint type, ulong offset, params ulong[] innermostFirst)
    {
        _tensors.Add([
            .. Text(name), .. BitConverter.GetBytes((uint)innermostFirst.Length), .. innermostFirst.SelectMany(BitConverter.GetBytes),
            .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(offset)]);
        return this;
    }

    public static byte[] Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public static byte[] Text(byte[] text) => [.. BitConverter.GetBytes((ulong)text.Length), .. text];

    public byte[] Build()
    {
        List<byte> bytes =
        [
            .. Magic, .. BitConverter.GetBytes(Version),
            .. BitConverter.GetBytes(TensorCount ?? (ulong)_tensors.Count), .. BitConverter.GetBytes(KeyCount ?? (ulong)_keys.Count),
            .. _keys.SelectMany(key => key), .. _tensors.SelectMany(tensor => tensor),
        ];
        while (Data.Length > 0 && bytes.Count % Alignment != 0)
        {
            bytes.Add(0);
        }

        return [.. bytes, .. Data];
    }
}
