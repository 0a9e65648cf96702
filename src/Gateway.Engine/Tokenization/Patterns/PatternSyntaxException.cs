namespace Gateway.Engine.Tokenization.Patterns;

/// <summary>A regular expression is malformed or uses syntax that is not supported.</summary>
internal sealed class PatternSyntaxException(string problem, int position)
    : FormatException($"{problem} (at character {position} of the expression)");
