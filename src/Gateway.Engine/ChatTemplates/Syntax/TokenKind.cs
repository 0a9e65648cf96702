namespace Gateway.Engine.ChatTemplates.Syntax;

internal enum TokenKind
{
    /// <summary>Text between tags, as it is to be printed.</summary>
    Text,

    /// <summary><c>{{</c></summary>
    PrintBegin,

    /// <summary><c>}}</c></summary>
    PrintEnd,

    /// <summary><c>{%</c></summary>
    TagBegin,

    /// <summary><c>%}</c></summary>
    TagEnd,

    Name,
    String,
    Integer,
    Float,

    /// <summary>An operator, bracket or other punctuation inside a tag.</summary>
    Symbol,

    End,
}
