using System.Globalization;

namespace Gateway.Policies;

/// <summary>One thing that is wrong, or for a warning doubtful, in the policy files. Never holds a secret.</summary>
/// <param name="File">The folder as it was given and the file's name: <c>policies/providers.yaml</c>.</param>
/// <param name="Line">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Column">From 1; 0 when the file as a whole is meant.</param>
/// <param name="Key">The setting's path (<c>providers.openai.baseUrl</c>); empty when the file as a whole is meant.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Fix">What to write instead.</param>
public sealed record PolicyError(string File, int Line, int Column, string Key, string Message, string Fix)
{
    /// <summary>
    /// One line: <c>policies/providers.yaml:12:7 providers.openai.baseUrl: 'htp://x' is no http URL. Write https://host/v1</c>.
    /// </summary>
    public override string ToString()
    {
        var place = Line == 0 ? File : string.Create(CultureInfo.InvariantCulture, $"{File}:{Line}:{Column}");
        return Key.Length == 0 ? $"{place}: {Message} {Fix}" : $"{place} {Key}: {Message} {Fix}";
    }
}
