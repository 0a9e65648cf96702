using System.Net;

namespace Gateway.Hosting;

/// <summary>
/// Where the gateway listens. Without virtual keys anyone who can reach it may spend money, so it then listens on the loopback
/// address only, whatever the configuration says.
/// </summary>
public sealed class ListenAddresses
{
    private ListenAddresses(IReadOnlyList<string> urls, bool isLoopbackOnly, bool wasNarrowed)
    {
        Urls = urls;
        IsLoopbackOnly = isLoopbackOnly;
        WasNarrowed = wasNarrowed;
    }

    public IReadOnlyList<string> Urls { get; }

    /// <summary>Whether only this machine can reach the gateway. If not, requests without a key are refused even when no key exists any more.</summary>
    public bool IsLoopbackOnly { get; }

    /// <summary>Whether an address was replaced by the loopback address, which the log then says.</summary>
    public bool WasNarrowed { get; }

    /// <param name="urls">URLs separated by semicolons.</param>
    /// <param name="hasKeys">Whether there are virtual keys.</param>
    /// <exception cref="StartException">A URL cannot be read, or there is none.</exception>
    public static ListenAddresses From(string urls, bool hasKeys)
    {
        var addresses = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Parse).ToList();
        if (addresses.Count == 0)
        {
            throw Unreadable(urls);
        }

        var isLoopbackOnly = addresses.All(IsLoopback);
        return hasKeys || isLoopbackOnly
            ? new ListenAddresses([.. addresses.Select(Format)], isLoopbackOnly, wasNarrowed: false)
            : new ListenAddresses([.. addresses.Select(Narrow).Select(Format).Distinct()], isLoopbackOnly: true, wasNarrowed: true);
    }

    private static BindingAddress Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Scheme: "http" or "https", IsUnixPipe: false, IsNamedPipe: false, PathBase: "", Port: >= 0 and <= ushort.MaxValue }
                ? address
                : throw Unreadable(url);
        }
        catch (FormatException)
        {
            throw Unreadable(url);
        }
    }

    private static StartException Unreadable(string url) =>
        new([$"{GatewayOptions.Section}:{nameof(GatewayOptions.Urls)}: '{url}' is no address. Write http://HOST:PORT, such as http://127.0.0.1:8080."]);

    private static bool IsLoopback(BindingAddress address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    private static BindingAddress Narrow(BindingAddress address) =>
        IsLoopback(address) ? address : BindingAddress.Parse($"{address.Scheme}://127.0.0.1:{address.Port}");

    private static string Format(BindingAddress address) => $"{address.Scheme}://{address.Host}:{address.Port}";
}
