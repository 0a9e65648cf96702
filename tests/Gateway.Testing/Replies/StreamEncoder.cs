using System.Text;

namespace Gateway.Testing;

/// <summary>Turns event payloads into the bytes of an event stream (WHATWG HTML, section 9.2), with the scripted faults.</summary>
internal sealed class StreamEncoder(StreamOptions options)
{
    private const string DoneMarker = "[DONE]";

    private readonly string _newLine = options.LineEnding switch
    {
        LineEnding.CrLf => "\r\n",
        LineEnding.Cr => "\r",
        _ => "\n",
    };

    /// <summary>One block of bytes per event; a compressor's trailer belongs to the last one.</summary>
    public IReadOnlyList<byte[]> Encode(IEnumerable<string> payloads)
    {
        List<string> blocks =
        [
            .. payloads
                .Take(options.StopAfter ?? int.MaxValue)
                .Select((payload, i) => Block(i == options.MalformedAt ? Half(payload) : payload)),
        ];
        if (options.Done && options.StopAfter is null)
        {
            blocks.Add(Block(DoneMarker));
        }

        if (!options.FinalBlankLine && blocks.Count > 0)
        {
            blocks[^1] = blocks[^1][..^_newLine.Length];
        }

        List<byte[]> parts = [.. blocks.Select(Encoding.UTF8.GetBytes)];
        return options.ContentCoding == ContentCoding.Identity ? parts : Compress(parts);
    }

    private static string Half(string payload) => payload[..(payload.Length / 2)];

    private static string OverThreeLines(string payload) =>
        payload is ['{', _, .., '}'] ? $"{{\n{payload[1..^1]}\n}}" : payload;

    private string Block(string payload)
    {
        string comment = options.Comment is null ? "" : $": {options.Comment}{_newLine}{_newLine}";
        string data = options.MultiLineData ? OverThreeLines(payload) : payload;
        IEnumerable<string> lines = data.Split('\n').Select(line => $"data: {line}{_newLine}");
        return $"{comment}{string.Concat(lines)}{_newLine}";
    }

    private List<byte[]> Compress(List<byte[]> parts)
    {
        using var target = new MemoryStream();
        var compressed = new List<byte[]>();
        Stream compressor = options.ContentCoding.Compress(target);
        foreach (byte[] part in parts)
        {
            compressor.Write(part);
            compressor.Flush();
            compressed.Add(target.ToArray());
            target.SetLength(0);
        }

        compressor.Dispose();
        if (options.End == StreamEnd.Complete && compressed.Count > 0)
        {
            compressed[^1] = [.. compressed[^1], .. target.ToArray()];
        }

        return compressed;
    }
}
