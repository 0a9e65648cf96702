using System.Text.RegularExpressions;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>A Markdown file, taken apart as far as the rules need it.</summary>
/// <param name="Path">From the root of the repository.</param>
internal sealed partial record Document(string Path, string Text)
{
    /// <summary>README.md and everything below docs/, k8s/ and grafana/.</summary>
    public static IReadOnlyList<Document> All { get; } =
        [.. Repository.Files.Where(IsDocument).Select(path => new Document(path, Repository.Read(path)))];

    /// <summary>The fenced blocks.</summary>
    public IEnumerable<Block> Blocks => Fences().Matches(Text).Select(ToBlock);

    /// <summary>What stands between backticks outside of the blocks.</summary>
    public IEnumerable<string> InlineCode => Backticks().Matches(Prose).Select(match => match.Groups["code"].Value);

    /// <summary>The targets of the links.</summary>
    public IEnumerable<string> Links => LinkTargets().Matches(Prose).Select(match => match.Groups["target"].Value);

    /// <summary>Headings as the fragments that links name.</summary>
    public IEnumerable<string> Anchors => Headings().Matches(Prose).Select(match => Slug(match.Groups["text"].Value));

    /// <summary>Commands of the shell blocks and between backticks; lines that end in a backslash are joined.</summary>
    public IEnumerable<string> Commands =>
        Blocks.Where(block => block.IsShell).SelectMany(block => Continuations().Replace(block.Text, " ").Split('\n'))
            .Concat(InlineCode)
            .Select(line => line.Trim());

    private string Prose => Fences().Replace(Text, "");

    private static bool IsDocument(string path) =>
        path.EndsWith(".md", StringComparison.Ordinal)
        && (path == "README.md" || path.Split('/')[0] is "docs" or "k8s" or "grafana");

    /// <summary>A block inside a list is indented as a whole.</summary>
    private static Block ToBlock(Match match)
    {
        var indent = match.Groups["indent"].Value;
        var lines = match.Groups["text"].Value.Split('\n').Select(line => line.StartsWith(indent, StringComparison.Ordinal) ? line[indent.Length..] : line);
        return new Block(match.Groups["language"].Value, string.Join('\n', lines));
    }

    /// <summary>As GitHub does: lower case, spaces to hyphens, other punctuation left out.</summary>
    private static string Slug(string heading) =>
        new([.. heading.Trim().ToLowerInvariant().Replace(' ', '-').Where(character => char.IsLetterOrDigit(character) || character is '-' or '_')]);

    [GeneratedRegex(@"^(?<indent> *)```(?<language>\w*)[^\n]*\n(?<text>.*?)^ *```[ \t]*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex(@"`(?<code>[^`\n]+)`")]
    private static partial Regex Backticks();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex LinkTargets();

    [GeneratedRegex(@"^#+\s+(?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"\\\n\s*")]
    private static partial Regex Continuations();

    /// <summary>A fenced block.</summary>
    internal sealed record Block(string Language, string Text)
    {
        public bool IsShell => Language is "" or "sh" or "bash" or "console";
    }
}
