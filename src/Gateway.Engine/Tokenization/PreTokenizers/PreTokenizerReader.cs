using Gateway.Engine.Tokenization.Files;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>Builds what the <c>pre_tokenizer</c> of tokenizer.json describes.</summary>
internal static class PreTokenizerReader
{
    public static PreTokenizer Read(JsonCursor cursor)
    {
        List<Splitter> splitters = [];
        ByteLevelStep? byteLevel = null;
        Read(cursor, splitters, ref byteLevel);
        return new PreTokenizer(splitters, byteLevel);
    }

    private static void Read(JsonCursor cursor, List<Splitter> splitters, ref ByteLevelStep? byteLevel)
    {
        if (byteLevel is not null)
        {
            throw cursor.Error("nothing can follow ByteLevel; put it last.");
        }

        var type = cursor.Required("type").AsString();
        switch (type)
        {
            case "Sequence":
                foreach (var step in cursor.Required("pretokenizers").Items())
                {
                    Read(step, splitters, ref byteLevel);
                }

                break;
            case "Split":
                var pattern = PatternReading.Read(cursor.Required("pattern"));
                splitters.Add(new PatternSplitter(pattern, ReadBehavior(cursor.Required("behavior")), cursor.Flag("invert")));
                break;
            case "Digits":
                var behavior = cursor.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous;
                splitters.Add(new PatternSplitter(Pattern.Parse(@"\p{N}"), behavior, invert: false));
                break;
            case "ByteLevel":
                byteLevel = new ByteLevelStep(cursor.Flag("add_prefix_space", absent: true), cursor.Flag("use_regex", absent: true));
                break;
            default:
                throw cursor.UnknownType("a pre-tokenizer", type, "Sequence, Split, Digits, ByteLevel");
        }
    }

    private static SplitBehavior ReadBehavior(JsonCursor cursor) => cursor.AsString() switch
    {
        "Isolated" => SplitBehavior.Isolated,
        "Removed" => SplitBehavior.Removed,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw cursor.UnknownType("a split behavior", other, string.Join(", ", Enum.GetNames<SplitBehavior>())),
    };
}
