using System.Text;
using Gateway.Engine.Tokenization.Patterns;

namespace Gateway.Engine.Tokenization.Normalizers;

/// <summary>Puts a fixed text in the place of every match of an expression.</summary>
internal sealed class ReplaceNormalizer(Pattern pattern, string content) : Normalizer
{
    public override string Normalize(string text)
    {
        List<TextRange> matches = [];
        pattern.FindAll(text, matches);
        if (matches.Count == 0)
        {
            return text;
        }

        StringBuilder result = new();
        var end = 0;
        foreach (var match in matches)
        {
            result.Append(text, end, match.Start - end).Append(content);
            end = match.End;
        }

        return result.Append(text, end, text.Length - end).ToString();
    }
}
