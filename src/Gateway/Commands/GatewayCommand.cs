using System.CommandLine;
using System.CommandLine.Parsing;
using Gateway.Hosting;

namespace Gateway.Commands;

/// <summary>
/// The command line: <c>gateway serve | policy check, test, simulate | route train, evaluate, cross-validate | report ... |
/// keys create, list, rotate, revoke | budgets list, show, set, delete | engine inspect, bench, synth, chat</c>; without a verb it serves.
/// </summary>
public static class GatewayCommand
{
    public static RootCommand Create()
    {
        var root = new RootCommand("One OpenAI-compatible endpoint in front of every model, with a DeepSeek engine inside.")
        {
            ServeCommand.Create(),
            new Command("policy", "Work with the policy files.") { PolicyCheckCommand.Create(), PolicyTestCommand.Create(), PolicySimulateCommand.Create() },
            RouteCommand.Create(),
            ReportCommand.Create(),
            KeysCommand.Create(),
            BudgetsCommand.Create(),
            EngineCommand.Create(),
        };
        ServeCommand.MakeDefault(root);
        return root;
    }

    /// <summary>Runs a verb.</summary>
    /// <returns>The exit code of the process.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var parsed = Create().Parse(args);

        // Settings are what serving does not know, so the parser lets unknown words pass, and of other verbs too; unknown options may even
        // pass for arguments.
        if (parsed.CommandResult is { Command: { TreatUnmatchedTokensAsErrors: true, Action: not null } verb } && Unknown(parsed) is { } unknown)
        {
            await Console.Error.WriteLineAsync($"'{unknown}' is unknown to '{Name(parsed.CommandResult)}'. {Known(verb)}");
            return 1;
        }

        if (parsed.Errors.Count > 0 && parsed.CommandResult.Command.Action is not null)
        {
            // The parser's own way shows a page of help below, and names .NET's types.
            await Console.Error.WriteLineAsync($"{string.Join('\n', parsed.Errors.Select(Text))}\n'{Name(parsed.CommandResult)} --help' has more.");
            return 1;
        }

        // SIGTERM and Ctrl+C belong to the host, which lets answers under way end; the command line would cut them off after two seconds.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    /// <summary>The verbs below a command that do something, such as <c>policy check</c>.</summary>
    public static IEnumerable<string> Verbs(Command command) => command.Subcommands.SelectMany(verb =>
        verb.Subcommands.Count == 0 ? [verb.Name] : Verbs(verb).Select(leaf => $"{verb.Name} {leaf}"));

    private static string? Unknown(ParseResult parsed) =>
        parsed.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash)
            .FirstOrDefault(token => token.Type == TokenType.Argument && token.Value.StartsWith("--", StringComparison.Ordinal))?.Value
        ?? parsed.UnmatchedTokens.FirstOrDefault();

    /// <summary>As it is typed, such as <c>gateway policy check</c>.</summary>
    private static string Name(CommandResult verb) => verb.Parent is CommandResult parent ? $"{Name(parent)} {verb.Command.Name}" : "gateway";

    private static string Text(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option, Tokens: [var token, ..] } when SettingValue.Wanted(token.Value, option.ValueType) is { } wanted =>
            $"{option.Name} is '{token.Value}'; it must be {wanted}.",
        _ => error.Message,
    };

    private static string Known(Command verb)
    {
        var names = verb.Arguments.Select(argument => argument.Name.ToUpperInvariant()).Concat(verb.Options.Select(option => option.Name)).ToList();
        return names.Count == 0 ? "It takes nothing." : $"It takes: {string.Join(", ", names)}.";
    }
}
