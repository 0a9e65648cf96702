using System.CommandLine;
using System.Globalization;

namespace Gateway.Commands;

/// <summary><c>gateway budgets list | show | set | delete</c>: work with the limits of a running gateway.</summary>
public static class BudgetsCommand
{
    private static readonly string[] Columns = ["limit", "organization", "scope", "scopeValue", "measure", "amount", "used", "held", "remaining", "period"];

    public static Command Create() => new("budgets", "Work with the limits of a running gateway.") { List(), Show(), Set(), Delete() };

    private static Command List()
    {
        var (url, json) = (AdminClient.UrlOption(), RouteCommand.JsonOption());
        var command = new Command("list", "List how every limit stands.") { url, json };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                var answer = await client.GetAsync("admin/budgets", cancellationToken);
                var rows = answer.GetProperty("budgets").EnumerateArray().Select(budget => Columns.Select(column => KeysCommand.Text(budget, column)).ToArray());
                await result.InvocationConfiguration.Output.WriteLineAsync(result.GetValue(json) ? answer.GetRawText() : TextTable.Of([Columns, .. rows]));
            }));
        return command;
    }

    private static Command Show()
    {
        var (id, url) = (IdArgument(), AdminClient.UrlOption());
        var command = new Command("show", "Show what a limit is, as JSON.") { id, url };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                var limit = await client.GetAsync(Path(result.GetRequiredValue(id)), cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync(limit.GetRawText());
            }));
        return command;
    }

    private static Command Set()
    {
        var (id, url, revision) = (IdArgument(), AdminClient.UrlOption(), RevisionOption());
        var definition = new Argument<string>("definition")
        {
            Description = "The limit as JSON with the fields of budgets.yaml, such as '{\"team\":\"search\",\"usd\":500,\"per\":\"month\"}'.",
        };
        var command = new Command("set", "Make a managed limit, or replace one.") { id, definition, revision, url };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                var set = await client.SendAsync(
                    HttpMethod.Put, Path(result.GetRequiredValue(id)), result.GetRequiredValue(definition), Text(result.GetValue(revision)), cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    $"'{result.GetRequiredValue(id)}' is in force on every gateway that shares the store, as revision {set.GetProperty("revision").GetInt64()}.");
            }));
        return command;
    }

    private static Command Delete()
    {
        var (id, url, revision) = (IdArgument(), AdminClient.UrlOption(), RevisionOption());
        revision.Required = true;
        var command = new Command("delete", "End a managed limit.") { id, revision, url };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                await client.SendAsync(HttpMethod.Delete, Path(result.GetRequiredValue(id)), json: null, Text(result.GetValue(revision)), cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync($"'{result.GetRequiredValue(id)}' limits nothing any more.");
            }));
        return command;
    }

    private static Argument<string> IdArgument() => new("id") { Description = "The limit's name, such as search-month." };

    private static Option<long?> RevisionOption() => new("--revision")
    {
        Description = "The revision that is replaced, as show gives it: when somebody else changed the limit meanwhile, nothing happens. None to make a new one.",
    };

    private static string? Text(long? revision) => revision?.ToString(CultureInfo.InvariantCulture);

    private static string Path(string id) => $"admin/budgets/{Uri.EscapeDataString(id)}";
}
