using Gateway.Engine.ChatTemplates;
using Xunit;

namespace Gateway.Engine.Tests.ChatTemplates;

public sealed class ChatTemplateErrorTests
{
    [Theory]
    [InlineData("a\n{{ x | nofilter }}", 2, "no filter 'nofilter'")]
    [InlineData("\n\n{{ x is notest }}", 3, "no test 'notest'")]
    [InlineData("a\n{% frobnicate %}", 2, "no tag 'frobnicate'")]
    [InlineData("{% include 'x' %}", 1, "no tag 'include'")]
    [InlineData("a\n{{ nofunction(1) }}", 2, "no function or macro 'nofunction'")]
    [InlineData("{{ 'a' | upper(1) }}", 1, "'upper' takes at most 0 arguments")]
    [InlineData("{{ 'a' | replace('b') }}", 1, "needs the argument 'new'")]
    [InlineData("{{ [] | join(sep='') }}", 1, "no argument 'sep'; it has: separator, attribute")]
    [InlineData("{% if x %}\n\n{% for a in b %}", 3, "'for' that starts here has no 'endfor'")]
    [InlineData("{% if x %}\n{% endfor %}", 2, "expected 'endif' (for the 'if' of line 1), found 'endfor'")]
    [InlineData("a\n{% endif %}", 2, "'endif' closes or continues nothing")]
    [InlineData("a\n\n{{ 'abc }}", 3, "string that starts here has no end")]
    [InlineData("\n{# c", 2, "no '#}'")]
    [InlineData("{% raw %}x", 1, "no 'endraw'")]
    [InlineData("{{ (1 }}", 1, "'}' stands where ')' is expected")]
    [InlineData("\n{{ 1 + }}", 2, "expected an expression, found '}}'")]
    [InlineData("{{ a b }}", 1, "expected an operator or '}}', found 'b'")]
    [InlineData("{{ 1", 1, "no '}}'")]
    [InlineData("{% set x %}a{% break %}{% endset %}", 1, "'break' stands outside any loop")]
    [InlineData("{% for i in x %}{% macro m() %}{% continue %}{% endmacro %}{% endfor %}", 1, "'continue' stands outside any loop")]
    [InlineData("{{ \"\\u12\" }}", 1, "4 hexadecimal digits")]
    [InlineData("{{ a ? b }}", 1, "'?' has no meaning here")]
    public void Parse_Malformed_NamesLineAndCause(string source, int line, string cause)
    {
        var error = Assert.Throws<ChatTemplateException>(() => ChatTemplate.Parse(source));
        Assert.Equal(line, error.Line);
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
        Assert.Contains($"line {line}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a\n{{ messages.x.y }}", 2, "a 'list' has no 'x'")]
    [InlineData("{{\n\nnope.x }}", 3, "'nope' is undefined")]
    [InlineData("{% if true %}\n{{ 'a' + none }}{% endif %}", 2, "'+' cannot join 'str' and 'NoneType'")]
    [InlineData("{% macro m() %}\n{{ raise_exception('no ' ~ 1) }}{% endmacro %}\n{{ m() }}", 2, "no 1")]
    [InlineData("{{ [1] | map('upper') | tojson }}", 1, "add the filter 'list'")]
    [InlineData("{{ messages.append(1) }}", 1, "may not; build a new one")]
    [InlineData("{{ strftime_now('%Q') }}", 1, "'%Q'")]
    [InlineData("{{ '{' | from_json }}", 1, "no JSON")]
    [InlineData("{{ ''.__class__.__mro__ }}", 1, "a 'str' has no '__class__'")]
    [InlineData("{{ namespace(a=1) }}", 1, "'Namespace' cannot be printed")]
    public void Render_Refused_NamesLineAndCause(string source, int line, string cause)
    {
        var error = Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render(source));
        Assert.Equal(line, error.Line);
        Assert.Contains(cause, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_UnknownFunctionBehindIsDefined_IsAccepted() =>
        Assert.Equal("no", TemplateRenderer.Render("{% if cite is defined %}{{ cite() }}{% else %}no{% endif %}"));

    [Theory]
    [InlineData("{}", "messages")]
    [InlineData("[1]", "messages[0]")]
    [InlineData("[{\"role\":\"user\",\"content\":\"\\ud800\"}]", "surrogate")]
    [InlineData("[{\"\\udc00\":1,\"role\":\"user\"}]", "surrogate")]
    [InlineData("[{\"role\":\"\\ud800\"}]", "surrogate")]
    public void Render_MalformedMessages_NamesThem(string messages, string named)
    {
        var error = Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render("{{ messages }}", messages));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("messages")]
    [InlineData("bos_token")]
    public void Render_ExtraReplacesInput_IsRefused(string name)
    {
        var error = Assert.Throws<ChatTemplateException>(() => TemplateRenderer.Render("x", extra: $"{{\"{name}\": 1}}"));
        Assert.Contains(name, error.Message, StringComparison.Ordinal);
    }
}
