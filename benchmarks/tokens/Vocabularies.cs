using System.IO.Compression;
using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Engine.Tokenization;

namespace Gateway.Benchmarks.TokenFit;

/// <summary>
/// The real tokenizers under <c>tokenizers/real</c>. Where only the vocabulary is at hand (GGUF), the splitting comes from the small
/// tokenizer of the same family beside it.
/// </summary>
internal static class Vocabularies
{
    public static Tokenizer Load(string folder, string name, string? splitting)
    {
        if (splitting is null)
        {
            return Tokenizer.Parse(Unzip(Path.Combine(folder, "real", $"{name}.tokenizer.json.gz")), name);
        }

        var (tokens, merges) = GgufVocabulary.Read(Unzip(Path.Combine(folder, "real", $"ggml-vocab-{name}.gguf.gz")));
        var json = JsonNode.Parse(File.ReadAllBytes(Path.Combine(folder, $"{splitting}.tokenizer.json")))!;
        json["added_tokens"] = new JsonArray();
        json["post_processor"] = null;
        json["model"]!["vocab"] = new JsonObject(
            tokens.Index().DistinctBy(token => token.Item).Select(token => KeyValuePair.Create(token.Item, (JsonNode?)token.Index)));
        json["model"]!["merges"] = new JsonArray([.. merges.Select(merge => (JsonNode)merge)]);
        return Tokenizer.Parse(JsonSerializer.SerializeToUtf8Bytes(json), name);
    }

    private static byte[] Unzip(string path)
    {
        using GZipStream zipped = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream plain = new();
        zipped.CopyTo(plain);
        return plain.ToArray();
    }
}
