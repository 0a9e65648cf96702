using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Gateway.Policies;

namespace Gateway.Commands;

/// <summary><c>gateway keys create | list | rotate | revoke</c>: work with virtual keys.</summary>
public static class KeysCommand
{
    public static Command Create() => new("keys", "Work with virtual keys.")
    {
        KeysCreateCommand.Create(),
        KeysListCommand.Create(),
        KeysRotateCommand.Create(),
        KeysRevokeCommand.Create(),
    };

    internal static Argument<string> IdArgument()
    {
        var id = new Argument<string>("id") { Description = "The key's name in logs and reports, such as search-ci." };
        id.Validators.Add(result =>
        {
            if (!VirtualKeyId.IsValid(result.GetValueOrDefault<string>()))
            {
                result.AddError($"The id cannot name a key. {VirtualKeyId.Rule}.");
            }
        });
        return id;
    }

    internal static void ShowOnce(TextWriter output, string key)
    {
        output.WriteLine($"The key, shown this once: {key}");
        output.WriteLine();
    }

    /// <summary>A member as text; "-" when it is absent.</summary>
    internal static string Text(JsonElement report, string member) => !report.TryGetProperty(member, out var value)
        ? "-"
        : value.ValueKind switch
        {
            JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(item => item.GetString())),
            JsonValueKind.String when value.TryGetDateTimeOffset(out var time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            JsonValueKind.String => value.GetString()!,
            _ => value.GetRawText(),
        };
}
