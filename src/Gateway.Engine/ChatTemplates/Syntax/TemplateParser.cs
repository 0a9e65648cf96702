using Gateway.Engine.ChatTemplates.Syntax.Expressions;
using Gateway.Engine.ChatTemplates.Syntax.Statements;

namespace Gateway.Engine.ChatTemplates.Syntax;

/// <summary>Builds the syntax tree of a template. Everything that can be known to be wrong before rendering is refused here.</summary>
internal sealed class TemplateParser
{
    private readonly TokenStream _tokens;
    private readonly ExpressionParser _expressions;
    private readonly PostfixParser _postfix;
    private readonly NameUse _names = new();

    // Loops around the current tag that break and continue can reach: none through the wall of a macro or captured block.
    private int _loops;

    private TemplateParser(string source)
    {
        _tokens = new TokenStream(Lexer.Tokenize(source));
        _expressions = new ExpressionParser(_tokens, _names);
        _postfix = new PostfixParser(_tokens, _names);
    }

    public static Block Parse(string source)
    {
        var parser = new TemplateParser(source);
        var template = parser.ParseBlock();
        if (parser._tokens.Current.Kind != TokenKind.End)
        {
            throw new ChatTemplateException(
                $"the tag '{parser._tokens.Current.Text}' closes or continues nothing.", parser._tokens.Current.Line);
        }

        parser._names.RefuseUnknownCalls();
        return template;
    }

    /// <summary>Statements up to a tag that only an enclosing statement understands; its name is then the current token.</summary>
    private Block ParseBlock()
    {
        List<Statement> statements = [];
        while (true)
        {
            var token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Text:
                    statements.Add(new TextStatement(token.Line, token.Text));
                    break;
                case TokenKind.PrintBegin:
                    statements.Add(new PrintStatement(token.Line, _expressions.ParseTuple()));
                    _tokens.Expect(TokenKind.PrintEnd, "an operator or '}}'");
                    break;
                case TokenKind.TagBegin when IsBoundary(_tokens.Current):
                case TokenKind.End:
                    return new Block(statements);
                default:
                    statements.Add(_tokens.Deeper(ParseTag));
                    break;
            }
        }
    }

    private static bool IsBoundary(Token tag) =>
        tag.Kind == TokenKind.Name && (tag.Text is "elif" or "else" || tag.Text.StartsWith("end", StringComparison.Ordinal));

    private Statement ParseTag()
    {
        var tag = _tokens.Expect(TokenKind.Name, "the name of a tag");
        return tag.Text switch
        {
            "if" => ParseIf(tag.Line),
            "for" => ParseFor(tag.Line),
            "set" => ParseSet(tag.Line),
            "macro" => ParseMacro(tag.Line),
            "call" => ParseCall(tag.Line),
            "filter" => ParseFilter(tag.Line),
            "with" => ParseWith(tag.Line),
            "generation" => ParseGeneration(tag.Line),
            "break" => ParseJump(tag, Flow.Break),
            "continue" => ParseJump(tag, Flow.Continue),
            _ => throw new ChatTemplateException($"there is no tag '{tag.Text}' in chat templates.", tag.Line),
        };
    }

    private IfStatement ParseIf(int line)
    {
        List<(Expression, Block)> branches = [];
        do
        {
            var condition = _expressions.ParseTuple();
            EndTag();
            branches.Add((condition, ParseBlock()));
        }
        while (_tokens.TryName("elif"));

        var otherwise = ParseElse();
        Close("if", line);
        return new IfStatement(line, branches, otherwise);
    }

    private Block ParseElse()
    {
        if (!_tokens.TryName("else"))
        {
            return new Block([]);
        }

        EndTag();
        return ParseBlock();
    }

    private ForStatement ParseFor(int line)
    {
        var target = ParseTarget();
        if (!_tokens.TryName("in"))
        {
            throw _tokens.Unexpected("'in'");
        }

        var items = _expressions.ParseTuple(withConditional: false);
        var filter = _tokens.TryName("if") ? _expressions.Parse() : null;
        _names.Know("loop");
        EndTag();
        _loops++;
        var body = ParseBlock();
        _loops--;
        var otherwise = ParseElse();
        Close("for", line);
        return new ForStatement(line, target, items, filter, body, otherwise);
    }

    private SetStatement ParseSet(int line)
    {
        var target = ParseTarget();
        if (_tokens.TrySymbol("="))
        {
            var value = _expressions.ParseTuple();
            EndTag();
            return new SetStatement(line, target, value);
        }

        if (!_tokens.Current.IsSymbol("|") && _tokens.Current.Kind != TokenKind.TagEnd)
        {
            throw _tokens.Unexpected("'=' or '%}'");
        }

        // The filters come before the block that they apply to: they are parsed around a slot that the block then fills.
        var slot = new SlotExpression(line);
        Expression captured = slot;
        while (_tokens.TrySymbol("|"))
        {
            captured = _postfix.ParseFilter(_expressions, captured);
        }

        slot.Content = ParseCaptured("set", line);
        return new SetStatement(line, target, captured);
    }

    private PrintStatement ParseFilter(int line)
    {
        var slot = new SlotExpression(line);
        Expression captured = slot;
        do
        {
            captured = _postfix.ParseFilter(_expressions, captured);
        }
        while (_tokens.TrySymbol("|"));

        slot.Content = ParseCaptured("filter", line);
        return new PrintStatement(line, captured);
    }

    private CaptureExpression ParseCaptured(string tag, int line) => new(line, ParseWalled(tag, line));

    private MacroStatement ParseMacro(int line)
    {
        var name = _tokens.Expect(TokenKind.Name, "the name of the macro").Text;
        _tokens.ExpectSymbol("(");
        _names.Know(name);
        _names.Know(MacroDefinition.Caller);
        var parameters = ParseParameters();
        return new MacroStatement(line, new MacroDefinition(name, parameters, ParseWalled("macro", line)));
    }

    private CallBlockStatement ParseCall(int line)
    {
        var parameters = _tokens.TrySymbol("(") ? ParseParameters() : [];
        var name = _tokens.Expect(TokenKind.Name, "the name of a macro");
        _names.Call(name.Text, name.Line);
        _tokens.ExpectSymbol("(");
        var arguments = _expressions.ParseArguments();
        var caller = new MacroDefinition(MacroDefinition.Caller, parameters, ParseWalled("call", line));
        return new CallBlockStatement(line, new NameExpression(name.Line, name.Text), arguments, caller);
    }

    private List<MacroParameter> ParseParameters()
    {
        List<MacroParameter> parameters = [];
        while (!_tokens.TrySymbol(")"))
        {
            if (parameters.Count > 0)
            {
                _tokens.ExpectSymbol(",");
            }

            var name = _tokens.Expect(TokenKind.Name, "the name of a parameter").Text;
            _names.Know(name);
            parameters.Add(new MacroParameter(name, _tokens.TrySymbol("=") ? _expressions.Parse() : null));
        }

        return parameters;
    }

    private WithStatement ParseWith(int line)
    {
        List<KeyValuePair<string, Expression>> variables = [];
        while (_tokens.Current.Kind != TokenKind.TagEnd)
        {
            if (variables.Count > 0)
            {
                _tokens.ExpectSymbol(",");
            }

            var name = _tokens.Expect(TokenKind.Name, "the name of a variable").Text;
            _names.Know(name);
            _tokens.ExpectSymbol("=");
            variables.Add(KeyValuePair.Create(name, _expressions.Parse()));
        }

        return new WithStatement(line, variables, ParseBody("with", line));
    }

    private WithStatement ParseGeneration(int line) => new(line, [], ParseBody("generation", line));

    private JumpStatement ParseJump(Token tag, Flow flow)
    {
        EndTag();
        return _loops > 0 ? new JumpStatement(tag.Line, flow) : throw new ChatTemplateException(
            $"'{tag.Text}' stands outside any loop.", tag.Line);
    }

    private AssignmentTarget ParseTarget()
    {
        List<AssignmentTarget> targets = [ParseOneTarget()];
        var isTuple = false;
        while (_tokens.TrySymbol(","))
        {
            isTuple = true;
            targets.Add(ParseOneTarget());
        }

        return isTuple ? new TupleTarget(targets) : targets[0];
    }

    private AssignmentTarget ParseOneTarget()
    {
        if (_tokens.TrySymbol("("))
        {
            var inner = _tokens.Deeper(ParseTarget);
            _tokens.ExpectSymbol(")");
            return inner;
        }

        var name = _tokens.Expect(TokenKind.Name, "the name of a variable").Text;
        if (_tokens.TrySymbol("."))
        {
            return new FieldTarget(name, _tokens.Expect(TokenKind.Name, "the name of a field").Text);
        }

        _names.Know(name);
        return new NameTarget(name);
    }

    /// <summary>A body whose text is collected, so that no jump leads out of it.</summary>
    private Block ParseWalled(string tag, int line)
    {
        var outerLoops = _loops;
        _loops = 0;
        var body = ParseBody(tag, line);
        _loops = outerLoops;
        return body;
    }

    private Block ParseBody(string tag, int line)
    {
        EndTag();
        var body = ParseBlock();
        Close(tag, line);
        return body;
    }

    private void EndTag() => _tokens.Expect(TokenKind.TagEnd, "an operator or '%}'");

    private void Close(string tag, int line)
    {
        if (!_tokens.TryName("end" + tag))
        {
            throw _tokens.Current.Kind == TokenKind.End
                ? new ChatTemplateException($"the block '{tag}' that starts here has no 'end{tag}'.", line)
                : _tokens.Unexpected($"'end{tag}' (for the '{tag}' of line {line})");
        }

        EndTag();
    }
}
