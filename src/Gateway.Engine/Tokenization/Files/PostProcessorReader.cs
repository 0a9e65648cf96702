namespace Gateway.Engine.Tokenization.Files;

/// <summary>Reads the <c>post_processor</c> of tokenizer.json: which ids go before and behind a single text when special tokens are asked for.</summary>
internal static class PostProcessorReader
{
    public static (int[] Before, int[] Behind) Read(JsonCursor cursor, int vocabularySize)
    {
        var type = cursor.Required("type").AsString();
        switch (type)
        {
            case "ByteLevel":
                // It only trims offsets, which are not kept here.
                return ([], []);
            case "TemplateProcessing":
                return ReadTemplate(cursor, vocabularySize);
            case "Sequence":
                var (before, behind) = ((int[])[], (int[])[]);
                foreach (var step in cursor.Required("processors").Items())
                {
                    var (outerBefore, outerBehind) = Read(step, vocabularySize);
                    (before, behind) = ([.. outerBefore, .. before], [.. behind, .. outerBehind]);
                }

                return (before, behind);
            default:
                throw cursor.UnknownType("a post-processor", type, "ByteLevel, TemplateProcessing, Sequence");
        }
    }

    private static (int[] Before, int[] Behind) ReadTemplate(JsonCursor cursor, int vocabularySize)
    {
        List<int> before = [];
        List<int> behind = [];
        var texts = 0;
        var specials = cursor.Required("special_tokens");
        foreach (var item in cursor.Required("single").Items())
        {
            if (item.TryGet("Sequence", out var sequence))
            {
                if (++texts > 1 || sequence.Required("id").AsString() != "A")
                {
                    throw sequence.Error("the template of a single text must hold the sequence A once.");
                }
            }
            else
            {
                var name = item.Required("SpecialToken").Required("id").AsString();
                var ids = specials.Required(name).Required("ids").Items().Select(id => id.AsInt32(0, vocabularySize - 1));
                (texts == 0 ? before : behind).AddRange(ids);
            }
        }

        return texts == 1 ? ([.. before], [.. behind]) : throw cursor.Error("the template of a single text must hold the sequence A once.");
    }
}
