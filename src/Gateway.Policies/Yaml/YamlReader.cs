using System.Collections.Immutable;
using Gateway.Policies.Validation;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Gateway.Policies.Yaml;

/// <summary>
/// Reads one YAML document into <see cref="Node"/>s, from the event parser, so that every node keeps its place and nothing
/// is built before it is bounded. Aliases, tags and directives are refused: policy files need none of them, and an alias
/// makes a small file arbitrarily large.
/// </summary>
internal sealed class YamlReader
{
    /// <summary>Twice what the deepest setting needs.</summary>
    private const int MaxDepth = 16;

    private readonly Parser _parser;
    private readonly FileReport _report;

    private YamlReader(string text, FileReport report)
    {
        _parser = new Parser(new StringReader(text));
        _report = report;
    }

    /// <summary>The document's root, or null when there is none; the reason is then reported.</summary>
    public static Node? Read(string text, FileReport report)
    {
        // Malformed directives have made the parser loop; for tabs it names another line.
        if (LineStart(text, '%') is { } directive)
        {
            report.Error(directive, "", "YAML directives are not supported.", "Remove the line, or put its text in quotes");
            return null;
        }

        if (LineStart(text, '\t') is { } tab)
        {
            report.Error(tab, "", "A tab begins the line, and YAML allows only spaces there.", "Indent with spaces");
            return null;
        }

        var reader = new YamlReader(text, report);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException exception)
        {
            // The parser's messages are constant: they quote nothing of the text.
            report.Error(Place.Of(exception.Start), "", $"This is not valid YAML: {exception.Message.TrimEnd('.')}.", SyntaxFix(text));
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // On some malformed texts the parser fails with exceptions of its own internals; whichever it is, the text is at fault.
            report.Error(Place.Of(reader._parser.Current?.End ?? Mark.Empty), "", "This is not valid YAML from here on.", SyntaxFix(text));
        }

        return null;
    }

    /// <summary>The first line that begins with this character.</summary>
    private static Place? LineStart(string text, char character)
    {
        var index = text.StartsWith(character) ? 0 : text.IndexOf($"\n{character}", StringComparison.Ordinal) + 1;
        return index > 0 || text.StartsWith(character) ? Place.Of(text, index) : null;
    }

    /// <summary>Unquoted references within { } are the one mistake that the syntax of these files invites.</summary>
    private static string SyntaxFix(string text) => text.Contains("${", StringComparison.Ordinal)
        ? "Check indentation, quotes and brackets here and just above; within { } or [ ] write \"${NAME}\" in quotes"
        : "Check indentation, quotes and brackets here and just above";

    private Node? ReadStream()
    {
        Next();
        if (Next() is StreamEnd)
        {
            _report.Error("The file is empty.", "Write at least its top-level key, or remove the file if it is optional");
            return null;
        }

        Next();
        if (ReadNode("", 0) is not { } root)
        {
            return null;
        }

        Next();
        if (Next() is DocumentStart second)
        {
            return Refuse(second, "", "A second YAML document begins here.", "Keep one document in a file: remove the '---'");
        }

        return root;
    }

    /// <summary>Reads the node that begins at the current event; afterwards the current event is its last one.</summary>
    private Node? ReadNode(string path, int depth)
    {
        var start = _parser.Current!;
        return start switch
        {
            AnchorAlias => Refuse(start, path, "YAML aliases are not supported.", "Write the value out"),
            NodeEvent { Anchor.IsEmpty: false } => Refuse(start, path, "YAML anchors are not supported.", "Remove the '&' name"),
            NodeEvent { Tag.IsEmpty: false } => Refuse(start, path, "YAML tags are not supported.", "Remove the '!' name"),
            Scalar scalar => new ScalarNode(Place.Of(scalar.Start), scalar.Value, scalar.Style == ScalarStyle.Plain),
            _ when depth == MaxDepth => Refuse(start, path, $"The nesting is deeper than {MaxDepth} levels.", "Check the brackets"),
            SequenceStart => ReadList(path, depth),
            MappingStart => ReadMap(path, depth),
            _ => Refuse(start, path, "A value is missing.", "Write one"),
        };
    }

    private ListNode? ReadList(string path, int depth)
    {
        var place = Place.Of(_parser.Current!.Start);
        var items = ImmutableArray.CreateBuilder<Node>();
        while (Next() is not SequenceEnd)
        {
            if (ReadNode($"{path}[{items.Count}]", depth + 1) is not { } item)
            {
                return null;
            }

            items.Add(item);
        }

        return new ListNode(place, items.ToImmutable());
    }

    private MapNode? ReadMap(string path, int depth)
    {
        var place = Place.Of(_parser.Current!.Start);
        var entries = ImmutableArray.CreateBuilder<MapEntry>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        while (Next() is not MappingEnd)
        {
            if (ReadNode(path, depth + 1) is not { } key)
            {
                return null;
            }

            if (key is not ScalarNode { IsNull: false, Text: var name })
            {
                _report.Error(key.Place, path, $"The key is {(key is ScalarNode ? "empty" : key.Kind)}.", "Write a name before the colon");
                return null;
            }

            var inner = KeyPath.Join(path, name);
            Next();
            if (ReadNode(inner, depth + 1) is not { } value)
            {
                return null;
            }

            if (keys.Add(name))
            {
                entries.Add(new MapEntry(key.Place, name, value));
            }
            else
            {
                _report.Error(key.Place, inner, "The key is here a second time.", "Keep one of the two");
            }
        }

        return new MapNode(place, entries.ToImmutable());
    }

    private ParsingEvent Next() =>
        _parser.MoveNext() ? _parser.Current! : throw new SemanticErrorException("the text ends too early");

    private Node? Refuse(ParsingEvent at, string path, string message, string fix)
    {
        _report.Error(Place.Of(at.Start), path, message, fix);
        return null;
    }
}
