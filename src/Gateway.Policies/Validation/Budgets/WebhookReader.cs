using System.Buffers.Text;

namespace Gateway.Policies.Validation;

/// <summary>Reads one webhook. Its URL is never quoted in messages: it may hold a token.</summary>
internal sealed class WebhookReader(IEnvironment environment)
{
    public BudgetWebhook? Read(string name, Field field)
    {
        if (field.AsSection() is not { } section)
        {
            return null;
        }

        section.RefuseOthers("url", "secret");
        var url = section.Require("url", "Write where to report to, such as https://host/path")?.AsResolved(environment);
        var secret = section.Find("secret") is { } key ? ReadSecret(name, key) : null;
        return url is not null && IsGood(url, section.Find("url")!.Value)
            ? new BudgetWebhook { Name = name, Url = new Secret(url), SigningKey = secret }
            : null;
    }

    private static bool IsGood(string text, Field field)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url)
            || (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
            || url.Host.Length == 0)
        {
            field.Error("This is no http URL.", "Write https://host/path, or ${NAME} of a variable that holds one");
            return false;
        }

        if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
        {
            field.Error(
                "The URL holds a user, a password or a fragment.",
                "Remove what stands before the '@' or from the '#' on; 'secret' signs what is sent");
            return false;
        }

        return true;
    }

    private Secret? ReadSecret(string name, Field field)
    {
        if (field.AsScalar() is not { } scalar)
        {
            return null;
        }

        if (!EnvironmentReferences.IsReference(scalar.Text))
        {
            var variable = name.Select(character => char.IsAsciiLetterOrDigit(character) ? char.ToUpperInvariant(character) : '_');
            field.Error(
                "The secret is not a reference to an environment variable; secrets are never written in policy files.",
                $"Write ${{{string.Concat(variable.Take(64))}_WEBHOOK_SECRET}} and set that variable");
            return null;
        }

        if (field.AsResolved(environment) is not { } key)
        {
            return null;
        }

        if (!Names.IsVisibleAscii(key))
        {
            field.Error(
                "The variable's value has spaces, line breaks or characters outside ASCII.",
                "Set the variable to the secret alone, without a line break at its end");
            return null;
        }

        if (key.StartsWith(BudgetWebhook.Base64SecretPrefix, StringComparison.Ordinal)
            && !(Base64.IsValid(key.AsSpan(BudgetWebhook.Base64SecretPrefix.Length), out var length) && length > 0))
        {
            field.Error(
                $"The variable's value begins with '{BudgetWebhook.Base64SecretPrefix}', and what follows is no base64, so that no receiver could verify what it signs.",
                "Set the variable to the whole secret, with the '=' at its end, as its generator wrote it");
            return null;
        }

        return key.Length == 0 ? null : new Secret(key);
    }
}
