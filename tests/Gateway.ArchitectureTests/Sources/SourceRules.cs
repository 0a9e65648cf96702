using System.Text.RegularExpressions;

namespace Gateway.ArchitectureTests.Sources;

/// <summary>What the product's sources may not hold, and where the exceptions are.</summary>
internal static partial class SourceRules
{
    private const string Kernels = "src/Gateway.Engine/Kernels/";
    private const string Providers = "src/Gateway.Providers/";
    private const string LocalProvider = "src/Gateway.Providers/Local/";
    private const int MaxLines = 400;
    private const string UseTimeProvider = "Take the time from an injected TimeProvider.";

    private static readonly CodeRule[] Rules =
    [
        new(Clock(), UseTimeProvider, Everywhere),
        new(TimedCall(), UseTimeProvider, Everywhere) { UnlessArguments = TimeArgument() },
        new(Unmanaged(), $"Only {Kernels} may.", path => !path.StartsWith(Kernels, StringComparison.Ordinal)),
        new(Blocking(), "Await it.", Everywhere),
        new(
            Engine(),
            $"Only {LocalProvider} knows the engine.",
            path => path.StartsWith(Providers, StringComparison.Ordinal) && !path.StartsWith(LocalProvider, StringComparison.Ordinal)),
    ];

    public static IEnumerable<string> Check(string path, string source)
    {
        var code = CSharpText.CodeOf(source);
        foreach (var violation in Rules.SelectMany(rule => rule.Check(path, code)))
        {
            yield return violation;
        }

        if (source.AsSpan().Count('\n') is var lines and > MaxLines)
        {
            yield return $"{path}: {lines} lines, more than {MaxLines}. Split it by its nouns.";
        }

        foreach (Match mark in Unfinished().Matches(source))
        {
            yield return $"{path}:{source.AsSpan(0, mark.Index).Count('\n') + 1}: '{mark.Value}'. Do it, or leave it out.";
        }
    }

    private static bool Everywhere(string path) => true;

    [GeneratedRegex(@"\bDateTime(Offset)?\s*\.\s*(Now|UtcNow|Today)\b|\bStopwatch\b|\bEnvironment\s*\.\s*TickCount(64)?\b|\bThread\s*\.\s*Sleep\b|\bnew\s+(System\.Threading\.)?Timer\b")]
    private static partial Regex Clock();

    [GeneratedRegex(@"\bTask\s*\.\s*Delay\s*\(|\bnew\s+PeriodicTimer\s*\(|\bnew\s+CancellationTokenSource\s*\((?!\s*\))")]
    private static partial Regex TimedCall();

    [GeneratedRegex(@"\b_?([tT]ime|[tT]imeProvider)\b")]
    private static partial Regex TimeArgument();

    [GeneratedRegex(@"\bunsafe\b|\bDllImport(Attribute)?\b|\bLibraryImport(Attribute)?\b|\bNativeLibrary\b")]
    private static partial Regex Unmanaged();

    [GeneratedRegex(@"\.\s*Result\b(?!\s*\()|(?<!\bMonitor\s*)\.\s*Wait\s*\(|\bGetAwaiter\s*\(\s*\)\s*\.\s*GetResult\b")]
    private static partial Regex Blocking();

    [GeneratedRegex(@"\bGateway\s*\.\s*Engine\b")]
    private static partial Regex Engine();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b")]
    private static partial Regex Unfinished();
}
