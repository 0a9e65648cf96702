using System.CommandLine;
using System.Text.RegularExpressions;
using Gateway.Commands;

namespace Gateway.ArchitectureTests.Documents;

/// <summary>Commands that the documents name exist, and those that exist are documented.</summary>
internal static partial class CommandRules
{
    private const string Reference = "docs/features/cli.md";

    public static IEnumerable<string> Check(Document document) =>
        from line in document.Commands
        let match = Invocation().Match(line)
        where match.Success
        let arguments = match.Groups["arguments"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where !Exists(arguments)
        select $"{document.Path}: `{line}`: there is no such command.";

    /// <param name="reference">The document that lists every command.</param>
    public static IEnumerable<string> CheckComplete(Document reference) =>
        from verb in GatewayCommand.Verbs(GatewayCommand.Create())
        where !reference.Text.Contains($"`gateway {verb}", StringComparison.Ordinal)
        select $"{Reference}: `gateway {verb}` is not described.";

    private static bool Exists(string[] arguments)
    {
        Command command = GatewayCommand.Create();
        var values = 0;
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i];
            if (argument.StartsWith('-'))
            {
                var option = command.Options.FirstOrDefault(option => option.Name == argument || option.Aliases.Contains(argument));
                if (option is null && command.TreatUnmatchedTokensAsErrors && argument != "--help")
                {
                    return false;
                }

                // The value of an option stands behind it.
                i += option?.Arity.MinimumNumberOfValues > 0 ? 1 : 0;
            }
            else if (command.Subcommands.FirstOrDefault(child => child.Name == argument) is { } next)
            {
                command = next;
            }
            else if (values++ >= command.Arguments.Count)
            {
                return false;
            }
        }

        return command.Action is not null || arguments.Contains("--help");
    }

    /// <summary>Up to what belongs to the shell: a pipe, a redirection, a second command, a comment.</summary>
    [GeneratedRegex(@"^(?:[A-Z_]+=\S+ )*(?:dotnet run (?:-c \w+ )?--project src/Gateway(?: --(?<arguments> [^|&;<>#]*))?|gateway (?<arguments>[^|&;<>#]+))")]
    private static partial Regex Invocation();
}
