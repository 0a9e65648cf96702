using Gateway.Engine.Tokenization.Files;
using Gateway.Engine.Tokenization.Normalizers;

namespace Gateway.Engine.Tokenization.Decoders;

/// <summary>Reads the <c>decoder</c> of tokenizer.json: ByteLevel, or the steps of vocabularies that spell characters: Replace, ByteFallback, Fuse, Strip, in that order.</summary>
internal static class TokenDecoderReader
{
    public static TokenDecoder Read(JsonCursor cursor)
    {
        List<Normalizer> replacements = [];
        var (byteLevel, byteTokens, fused) = (false, false, false);
        var (leadingCharacter, leadingCount) = ('\0', 0);
        foreach (var step in Flatten(cursor))
        {
            var type = step.Required("type").AsString();
            switch (type)
            {
                case "ByteLevel" when replacements.Count == 0 && !byteTokens && !fused:
                    byteLevel = true;
                    break;
                case "Replace" when !byteLevel && !byteTokens && !fused:
                    replacements.Add(new ReplaceNormalizer(PatternReading.Read(step.Required("pattern")), step.Required("content").AsString()));
                    break;
                case "ByteFallback" when !byteLevel && !fused:
                    byteTokens = true;
                    break;
                case "Fuse":
                    fused = true;
                    break;
                case "Strip" when fused && leadingCount == 0:
                    (leadingCharacter, leadingCount) = ReadStrip(step);
                    break;
                case "ByteLevel" or "Replace" or "ByteFallback" or "Strip":
                    throw step.Error($"the decoder '{type}' is not supported at this place; the order is ByteLevel, or Replace, ByteFallback, Fuse, Strip.");
                default:
                    throw step.UnknownType("a decoder", type, "ByteLevel, Sequence, Replace, ByteFallback, Fuse, Strip");
            }
        }

        return new TokenDecoder
        {
            IsByteLevel = byteLevel,
            Replacements = replacements,
            HasByteTokens = byteTokens,
            LeadingCharacter = leadingCharacter,
            LeadingCount = leadingCount,
        };
    }

    private static IEnumerable<JsonCursor> Flatten(JsonCursor cursor) =>
        cursor.Required("type").AsString() == "Sequence" ? cursor.Required("decoders").Items().SelectMany(Flatten) : [cursor];

    private static (char Character, int Count) ReadStrip(JsonCursor step)
    {
        if (step.Required("stop").AsInt32(0, int.MaxValue) > 0)
        {
            throw step.Error("stripping the end of a text is not supported; 'stop' must be 0.");
        }

        return step.Required("content").AsString() is [var character]
            ? (character, step.Required("start").AsInt32(0, int.MaxValue))
            : throw step.Error("'content' must be one character.");
    }
}
