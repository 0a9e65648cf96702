using System.Runtime.CompilerServices;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>The tokens of a template with a position, and the bound on how deep the parser may go into them.</summary>
internal sealed class TokenStream(IReadOnlyList<Token> tokens)
{
    /// <summary>Blocks, brackets and prefix operators within each other.</summary>
    private const int MaxDepth = 100;

    private int _position;
    private int _depth;

    public Token Current => tokens[_position];

    public Token Following => tokens[Math.Min(_position + 1, tokens.Count - 1)];

    /// <summary>Gives the current token and moves on; the end stays current.</summary>
    public Token Take()
    {
        var taken = Current;
        _position = Math.Min(_position + 1, tokens.Count - 1);
        return taken;
    }

    public bool TrySymbol(string symbol) => Try(Current.IsSymbol(symbol));

    public bool TryName(string name) => Try(Current.IsName(name));

    public Token Expect(TokenKind kind, string what) => Current.Kind == kind ? Take() : throw Unexpected(what);

    public void ExpectSymbol(string symbol)
    {
        if (!TrySymbol(symbol))
        {
            throw Unexpected($"'{symbol}'");
        }
    }

    public ChatTemplateException Unexpected(string expected) => new($"expected {expected}, found {Current.Describe()}.", Current.Line);

    /// <summary>Parses one level deeper, unless that is too deep.</summary>
    public T Deeper<T>(Func<T> parse)
    {
        if (++_depth > MaxDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new ChatTemplateException($"blocks and brackets nest deeper than {MaxDepth} levels.", Current.Line);
        }

        var parsed = parse();
        _depth--;
        return parsed;
    }

    private bool Try(bool matches)
    {
        if (matches)
        {
            Take();
        }

        return matches;
    }
}
