using System.CommandLine;

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
}
