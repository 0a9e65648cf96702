using System.CommandLine;
using Gateway.Policies;

namespace Gateway.Commands;

/// <summary>
/// <c>gateway keys rotate ID [--overlap-seconds N] [--url URL]</c>: gives a managed key another secret, shown once; the one before stays good
/// for the overlap.
/// </summary>
public static class KeysRotateCommand
{
    public static Command Create()
    {
        var id = KeysCommand.IdArgument();
        var overlap = new Option<long>("--overlap-seconds")
        {
            Description = "For how long the secret before stays good, 0 to 2592000.",
            DefaultValueFactory = _ => (long)KeyRotation.DefaultOverlap.TotalSeconds,
        };
        var url = AdminClient.UrlOption();
        var command = new Command("rotate", "Give a managed key another secret.") { id, overlap, url };
        command.SetAction((result, cancellationToken) => AdminClient.RunAsync(
            result.GetRequiredValue(url),
            result.InvocationConfiguration.Error,
            async client =>
            {
                var output = result.InvocationConfiguration.Output;
                var rotated = await client.PostAsync(
                    $"admin/keys/{result.GetRequiredValue(id)}/rotate",
                    new Dictionary<string, object> { ["overlapSeconds"] = result.GetValue(overlap) },
                    cancellationToken);
                KeysCommand.ShowOnce(output, rotated.GetProperty("key").GetString()!);
                await output.WriteLineAsync(rotated.TryGetProperty("previousGoodUntil", out _)
                    ? $"The key before it is good until {KeysCommand.Text(rotated, "previousGoodUntil")}."
                    : "The key before it is refused from now on.");
            }));
        return command;
    }
}
