using System.Reflection;
using System.Text;

namespace Gateway.Testing;

/// <summary>Wire traffic in the shape of the OpenAI API reference, embedded from the folder <c>Fixtures/</c>.</summary>
public static class Fixtures
{
    /// <summary>The names of all fixtures, with their extensions.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames().Order(StringComparer.Ordinal)];

    /// <summary>The exact bytes of a fixture.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists those that exist.</exception>
    public static byte[] Bytes(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new ArgumentException($"No fixture is named '{name}'. There are: {string.Join(", ", Names)}.", nameof(name));
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>A fixture as text.</summary>
    public static string Text(string name) => Encoding.UTF8.GetString(Bytes(name));

    /// <summary>The payloads of a stream fixture, one per event, without the final <c>[DONE]</c>.</summary>
    public static IReadOnlyList<string> Events(string name) =>
    [
        .. Text(name)
            .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(block => block.TrimEnd('\n')["data: ".Length..])
            .Where(payload => payload != "[DONE]"),
    ];
}
