namespace Gateway.Policies.Tests.Yaml;

public sealed class YamlErrorTests
{
    [Theory]
    [InlineData("", 0, "The file is empty.")]
    [InlineData("# nothing\n", 0, "The file is empty.")]
    [InlineData("routes:\n\tauto: 1\n", 2, "A tab begins the line")]
    [InlineData("routes: [ 1\n", 2, "This is not valid YAML")]
    [InlineData("routes: { a: ${X} }\n", 1, "This is not valid YAML")]
    [InlineData("routes:\n  a: [ 1, 2\nb: 3\n", 2, "This is not valid YAML from here on.")]
    [InlineData("routes:\n  a: @x\n", 2, "This is not valid YAML: While scanning")]
    [InlineData("routes:\n  a: \"x\n", 2, "This is not valid YAML")]
    [InlineData("routes:\n  a: 1\n b: 2\n", 3, "This is not valid YAML")]
    [InlineData("routes: &a {}\n", 1, "YAML anchors are not supported.")]
    [InlineData("a: &a [x]\n", 1, "YAML anchors are not supported.")]
    [InlineData("routes: *a\n", 1, "YAML aliases are not supported.")]
    [InlineData("routes: !!str x\n", 1, "YAML tags are not supported.")]
    [InlineData("routes: !foo {}\n", 1, "YAML tags are not supported.")]
    [InlineData("%YAML 1.2\n---\nroutes: {}\n", 1, "YAML directives are not supported.")]
    [InlineData("%-", 1, "YAML directives are not supported.")]
    [InlineData("routes: {}\n---\nroutes: {}\n", 2, "A second YAML document begins here.")]
    [InlineData("routes:\n  ? [ a ]\n  : 1\n", 2, "The key is a list.")]
    [InlineData("routes:\n  : 1\n", 2, "The key is empty.")]
    [InlineData("routes:\n  \"a\0b\": 1\n", 2, "The control character U+0000 has no place in YAML.")]
    [InlineData("routes: \u001b[31m\n", 1, "The control character U+001B has no place in YAML.")]
    public void Load_TextThatIsNoPlainYaml_NamesTheLine(string text, int line, string message)
    {
        using var folder = new PolicyFolder(routes: text);

        var error = folder.LoadSingleError();

        Assert.Equal(folder.PathOf("routes.yaml"), error.File);
        Assert.Equal(line, error.Line);
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Fix);
        Assert.DoesNotContain('\n', error.ToString());
    }

    [Fact]
    public void Load_ReferenceUnquotedWithinBraces_SaysToQuoteIt()
    {
        using var folder = new PolicyFolder(routes: "routes: { auto: { description: ${X} } }");

        Assert.Contains("write \"${NAME}\" in quotes", folder.LoadSingleError().Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_KeyTwice_IsAnErrorAtTheSecond()
    {
        using var folder = new PolicyFolder(routes: """
            routes:
              auto: { candidates: [ local/demo ] }
              auto: { candidates: [ local/demo ] }
            """);

        var error = folder.LoadSingleError();

        Assert.Equal((3, 3, "routes.auto", "The key is here a second time."), (error.Line, error.Column, error.Key, error.Message));
    }

    [Fact]
    public void Load_InvalidUtf8_NamesLineAndColumn()
    {
        using var folder = new PolicyFolder();
        File.WriteAllBytes(folder.PathOf("routes.yaml"), [.. "routes:\n  é: "u8, 0xFF, .. "\n"u8]);

        var error = folder.LoadSingleError();

        Assert.Equal((2, 6, "The text is not UTF-8 here."), (error.Line, error.Column, error.Message));
    }

    [Fact]
    public void Load_ByteOrderMarkAndCarriageReturns_AreFine()
    {
        using var folder = new PolicyFolder();
        File.WriteAllBytes(
            folder.PathOf("routes.yaml"),
            [0xEF, 0xBB, 0xBF, .. System.Text.Encoding.UTF8.GetBytes(PolicyFolder.MinimalRoutes.ReplaceLineEndings("\r\n"))]);

        Assert.NotNull(folder.LoadValid().FindRoute("auto"));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    public void Load_HalfAMegabyteOfNesting_IsRefusedByDepth(string opening)
    {
        using var folder = new PolicyFolder(routes: string.Concat(Enumerable.Repeat(opening, 500_000 / opening.Length)));

        Assert.NotEmpty(folder.LoadSingleError().Message);
    }

    [Fact]
    public void Load_ExpansionBomb_IsRefusedAtItsFirstAnchor()
    {
        using var folder = new PolicyFolder(routes: "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n");

        Assert.Equal(1, folder.LoadSingleError().Line);
    }

    [Fact]
    public void Load_ControlCharactersInAQuotedValue_AreEscapedInTheError()
    {
        using var folder = new PolicyFolder(routes: """routes: { "a\nb\e[31m\u202e": 1 }""");

        var shown = folder.Load().Errors.Select(error => error.ToString()).ToList();

        Assert.Contains(shown, text => text.Contains("""routes.a\u{A}b\u{1B}[31m\u{202E}""", StringComparison.Ordinal));
        Assert.All(shown, text => Assert.DoesNotContain(text, char.IsControl));
    }
}
