using System.Text.Json;
using Gateway.Engine.Tokenization.Files;

namespace Gateway.Engine.Tokenization.Models;

/// <summary>Reads the <c>model</c> of tokenizer.json.</summary>
internal static class BpeModelReader
{
    /// <summary>No published vocabulary has a tenth of it. Tables are indexed by id, so a wild id would take wild memory.</summary>
    public const int MaxId = (1 << 21) - 1;

    public static BpeModel Read(JsonCursor cursor, out Dictionary<string, int> vocabulary)
    {
        if (cursor.Text("type") is { } type and not "BPE")
        {
            throw cursor.UnknownType("a model", type, "BPE");
        }

        if (cursor.TryGet("dropout", out var dropout) && !(dropout.Element.ValueKind == JsonValueKind.Number && dropout.Element.GetDouble() == 0))
        {
            throw dropout.Error("dropout is for training; it must be null or 0.");
        }

        foreach (var affix in (string[])["continuing_subword_prefix", "end_of_word_suffix"])
        {
            if (!string.IsNullOrEmpty(cursor.Text(affix)))
            {
                throw cursor.Error($"'{affix}' is not supported.");
            }
        }

        var tokens = ReadVocabulary(cursor.Required("vocab"));
        vocabulary = tokens;
        return new BpeModel(tokens, new MergeTable(ReadMerges(cursor.Required("merges"), tokens)))
        {
            IgnoresMerges = cursor.Flag("ignore_merges"),
            ByteTokens = cursor.Flag("byte_fallback") ? [.. Enumerable.Range(0, 256).Select(b => tokens.GetValueOrDefault($"<0x{b:X2}>", -1))] : null,
            UnknownToken = cursor.TryGet("unk_token", out var unknown) ? Find(tokens, unknown, unknown.AsString()) : null,
            FusesUnknown = cursor.Flag("fuse_unk"),
        };
    }

    private static Dictionary<string, int> ReadVocabulary(JsonCursor cursor)
    {
        Dictionary<string, int> ids = [];
        HashSet<int> taken = [];
        foreach (var (token, value) in cursor.Members())
        {
            var id = value.AsInt32(0, MaxId);
            if (!ids.TryAdd(token, id))
            {
                throw value.Error("the token is listed twice.");
            }

            if (!taken.Add(id))
            {
                throw value.Error($"the id {id} belongs to another token as well.");
            }
        }

        return ids.Count > 0 ? ids : throw cursor.Error("the vocabulary is empty.");
    }

    private static Dictionary<(int Left, int Right), Merge> ReadMerges(JsonCursor cursor, Dictionary<string, int> vocabulary)
    {
        Dictionary<(int, int), Merge> merges = [];
        var rank = 0;
        foreach (var item in cursor.Items())
        {
            var (left, right) = ReadPair(item);
            var pair = (Find(vocabulary, item, left), Find(vocabulary, item, right));

            // A pair that is listed twice keeps its last rank, as in Hugging Face's library.
            merges[pair] = new Merge(rank++, Find(vocabulary, item, left + right));
        }

        return merges;
    }

    private static (string Left, string Right) ReadPair(JsonCursor item)
    {
        var parts = item.Element.ValueKind == JsonValueKind.Array ? [.. item.Items().Select(part => part.AsString())] : item.AsString().Split(' ');
        return parts is [var left, var right] ? (left, right) : throw item.Error("a merge must be \"left right\" or [\"left\", \"right\"].");
    }

    private static int Find(Dictionary<string, int> vocabulary, JsonCursor cursor, string token) =>
        vocabulary.TryGetValue(token, out var id) ? id : throw cursor.Error($"the token '{token}' is not in the vocabulary.");
}
