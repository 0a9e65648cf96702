namespace Gateway.Engine.ChatTemplates.Syntax;

/// <param name="Kind">What it is.</param>
/// <param name="Text">The name or symbol; of a string its content, escapes resolved; of a number its digits without underscores.</param>
/// <param name="Line">The line that it starts on, from 1.</param>
internal readonly record struct Token(TokenKind Kind, string Text, int Line)
{
    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    public bool IsName(string name) => Kind == TokenKind.Name && Text == name;

    public string Describe() => Kind switch
    {
        TokenKind.Text => "text",
        TokenKind.PrintBegin => "'{{'",
        TokenKind.PrintEnd => "'}}'",
        TokenKind.TagBegin => "'{%'",
        TokenKind.TagEnd => "'%}'",
        TokenKind.String => "a string",
        TokenKind.End => "the end of the template",
        _ => $"'{Text}'",
    };
}
