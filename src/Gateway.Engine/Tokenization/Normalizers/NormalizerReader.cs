using System.Text;
using Gateway.Engine.Tokenization.Files;

namespace Gateway.Engine.Tokenization.Normalizers;

/// <summary>Builds what the <c>normalizer</c> of tokenizer.json describes.</summary>
internal static class NormalizerReader
{
    /// <summary>Null when the text stays as it is.</summary>
    public static Normalizer? Read(JsonCursor cursor)
    {
        var type = cursor.Required("type").AsString();
        switch (type)
        {
            case "NFC": return UnicodeForm(cursor, NormalizationForm.FormC);
            case "NFD": return UnicodeForm(cursor, NormalizationForm.FormD);
            case "NFKC": return UnicodeForm(cursor, NormalizationForm.FormKC);
            case "NFKD": return UnicodeForm(cursor, NormalizationForm.FormKD);
            case "Prepend": return new PrependNormalizer(cursor.Required("prepend").AsString());
            case "Replace": return new ReplaceNormalizer(PatternReading.Read(cursor.Required("pattern")), cursor.Required("content").AsString());
            case "Sequence":
                Normalizer[] steps = [.. cursor.Required("normalizers").Items().Select(Read).OfType<Normalizer>()];
                return steps.Length == 0 ? null : new SequenceNormalizer(steps);
            default:
                throw cursor.UnknownType("a normalizer", type, "NFC, NFD, NFKC, NFKD, Prepend, Replace, Sequence");
        }
    }

    private static UnicodeFormNormalizer UnicodeForm(JsonCursor cursor, NormalizationForm form) =>
        UnicodeFormNormalizer.IsAvailable
            ? new UnicodeFormNormalizer(form)
            : throw cursor.Error("Unicode normalisation is switched off in this process: install ICU and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
}
