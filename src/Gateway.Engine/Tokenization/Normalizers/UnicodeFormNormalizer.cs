using System.Text;

namespace Gateway.Engine.Tokenization.Normalizers;

/// <summary>One of the four normalisation forms of Unicode (Standard Annex 15).</summary>
internal sealed class UnicodeFormNormalizer(NormalizationForm form) : Normalizer
{
    /// <summary>The platform refuses to normalise a text with this noncharacter, which composes with nothing.</summary>
    private const char Refused = '\uFFFE';

    /// <summary>False in the runtime's invariant globalization mode, where normalising silently does nothing.</summary>
    public static bool IsAvailable => "e\u0301".Normalize(NormalizationForm.FormC) == "\u00E9";

    public override string Normalize(string text) =>
        text.Contains(Refused)
            ? string.Join(Refused, text.Split(Refused).Select(part => part.Normalize(form)))
            : text.Normalize(form);
}
