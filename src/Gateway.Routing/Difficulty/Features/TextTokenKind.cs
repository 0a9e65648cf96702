namespace Gateway.Routing.Difficulty.Features;

internal enum TextTokenKind
{
    Word,
    Number,
    Symbol,
}
