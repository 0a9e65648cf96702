using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text.Json;
using Gateway.Engine.Tokenization;
using Xunit;

namespace Gateway.Engine.Tests.Tokenization;

/// <summary>The tokenizers that the golden sets name, each loaded once.</summary>
internal static class TokenizerGoldens
{
    private static readonly ConcurrentDictionary<string, Lazy<Tokenizer>> Loaded = new();

    private static readonly ConcurrentDictionary<string, Lazy<JsonElement>> Documents = new();

    /// <summary>Every tokenizer.json that the cases of every golden set name. GGUF vocabularies have a reader of their own.</summary>
    public static IEnumerable<(string Root, string Name)> All() =>
        from cases in Goldens.Files("tokenizers/cases.json")
        let root = Path.GetFullPath(Path.Combine(cases, "..", ".."))
        from entry in Read(cases).GetProperty("tokenizers").EnumerateObject()
        where entry.Value.GetProperty("file").GetString()!.Contains("tokenizer.json", StringComparison.Ordinal)
        select (root, entry.Name);

    /// <summary>The same as test data: root and name.</summary>
    public static TheoryData<string, string> Theory() => [.. All()];

    public static Tokenizer Get(string root, string name)
    {
        var entry = Read(Path.Combine(root, "tokenizers", "cases.json")).GetProperty("tokenizers").GetProperty(name);
        var path = Path.Combine(root, entry.GetProperty("file").GetString()!);
        return Loaded.GetOrAdd(path, p => new Lazy<Tokenizer>(() => Load(p))).Value;
    }

    /// <summary>The small tokenizer that every set carries.</summary>
    public static Tokenizer Tiny() => Get(Goldens.Roots[^1], "tiny");

    public static JsonElement Read(string path) => Documents.GetOrAdd(path, p => new Lazy<JsonElement>(() => JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(p)))).Value;

    private static Tokenizer Load(string path)
    {
        if (!path.EndsWith(".gz", StringComparison.Ordinal))
        {
            return Tokenizer.Load(path);
        }

        using GZipStream zipped = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream plain = new();
        zipped.CopyTo(plain);
        return Tokenizer.Parse(plain.ToArray(), path);
    }
}
