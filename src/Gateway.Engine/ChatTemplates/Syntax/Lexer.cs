using Gateway.Engine.ChatTemplates.Runtime;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>
/// Cuts a template into text and the tokens of its tags, with the whitespace rules of <c>trim_blocks</c> and <c>lstrip_blocks</c>:
/// a newline right after a tag or comment goes, and so do blanks between the start of a line and a tag or comment (not before
/// <c>{{</c>). <c>-</c> inside a delimiter takes all whitespace on its side, <c>+</c> keeps it.
/// </summary>
internal sealed class Lexer
{
    private readonly List<Token> _tokens = [];
    private readonly SourceCursor _source;

    // Whether the last tag's end took a newline along, so that what follows starts a line.
    private bool _startsLine = true;

    private Lexer(string source) => _source = new SourceCursor(source);

    public static IReadOnlyList<Token> Tokenize(string source)
    {
        var normalized = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var lexer = new Lexer(normalized.EndsWith('\n') ? normalized[..^1] : normalized);
        lexer.Run();
        return lexer._tokens;
    }

    private void Run()
    {
        while (FindDelimiter() is var start && start >= 0)
        {
            var kind = _source[start + 1];
            ReadText(start, kind);
            switch (kind)
            {
                case '{':
                    ReadPrint();
                    break;
                case '%':
                    ReadTag();
                    break;
                default:
                    ReadComment();
                    break;
            }
        }

        Add(TokenKind.Text, _source.TakeTo(_source.Length));
        _tokens.Add(new Token(TokenKind.End, "", _source.Line));
    }

    private int FindDelimiter()
    {
        for (var start = _source.Find("{"); start >= 0 && start + 1 < _source.Length; start = _source.Find("{", start + 1))
        {
            if (_source[start + 1] is '{' or '%' or '#')
            {
                return start;
            }
        }

        return -1;
    }

    /// <summary>Takes the text before a delimiter, and the delimiter with its sign.</summary>
    private void ReadText(int delimiter, char kind)
    {
        var line = _source.Line;
        var text = _source.TakeTo(delimiter);
        _source.Skip(2);
        var sign = _source.SkipAny('-', '+');
        if (sign == '-')
        {
            text = PythonString.Strip(text, null, left: false, right: true);
        }
        else if (sign != '+' && kind != '{')
        {
            var lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || _startsLine) && !text.AsSpan(lineStart).ContainsAnyExcept(' ', '\t'))
            {
                text = text[..lineStart];
            }
        }

        Add(TokenKind.Text, text, line);
    }

    private void ReadPrint()
    {
        _tokens.Add(new Token(TokenKind.PrintBegin, "", _source.Line));
        var tag = new TagLexer(_source, _tokens);
        tag.ReadUntil(() => _source.At("}}") || _source.At("-}}"), "}}");
        var line = _source.Line;
        EndDelimiter("}}", trimsNewline: false);
        _tokens.Add(new Token(TokenKind.PrintEnd, "", line));
    }

    private void ReadTag()
    {
        if (TrySkipTag("raw"))
        {
            ReadRaw();
            return;
        }

        _tokens.Add(new Token(TokenKind.TagBegin, "", _source.Line));
        var tag = new TagLexer(_source, _tokens);
        tag.ReadUntil(() => _source.At("%}") || _source.At("-%}") || _source.At("+%}"), "%}");
        var line = _source.Line;
        EndDelimiter("%}", trimsNewline: true);
        _tokens.Add(new Token(TokenKind.TagEnd, "", line));
    }

    private void ReadComment()
    {
        var line = _source.Line;
        var end = _source.Find("#}");
        if (end < 0)
        {
            throw new ChatTemplateException("the comment that starts here has no '#}'.", line);
        }

        _source.TakeTo(end > _source.Position && _source[end - 1] is '-' or '+' ? end - 1 : end);
        EndDelimiter("#}", trimsNewline: true);
    }

    /// <summary>Takes everything up to <c>{% endraw %}</c> as text.</summary>
    private void ReadRaw()
    {
        var line = _source.Line;
        EndDelimiter("%}", trimsNewline: false);
        for (var start = _source.Find("{%"); start >= 0; start = _source.Find("{%", start + 2))
        {
            if (_source.MatchesTag(start, "endraw"))
            {
                ReadText(start, '%');
                TrySkipTag("endraw");
                EndDelimiter("%}", trimsNewline: true);
                return;
            }
        }

        throw new ChatTemplateException("the block 'raw' that starts here has no 'endraw'.", line);
    }

    /// <summary>With the cursor behind <c>{%</c>: takes the rest of a tag of just that name, up to its end delimiter.</summary>
    private bool TrySkipTag(string name)
    {
        if (_source.TagEndAfter(_source.Position, name) is not { } end)
        {
            return false;
        }

        _source.TakeTo(end);
        return true;
    }

    private void EndDelimiter(string delimiter, bool trimsNewline)
    {
        var sign = _source.SkipAny('-', '+');
        _source.Skip(delimiter.Length);
        var before = _source.Position;
        if (sign == '-')
        {
            _source.SkipWhitespace();
        }
        else if (sign != '+' && trimsNewline)
        {
            _source.SkipAny('\n');
        }

        _startsLine = _source.Position > before && _source[_source.Position - 1] == '\n';
    }

    private void Add(TokenKind kind, string text, int? line = null)
    {
        if (text.Length > 0)
        {
            _tokens.Add(new Token(kind, text, line ?? _source.Line));
        }
    }
}
