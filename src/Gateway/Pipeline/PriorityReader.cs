using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Pipeline;

/// <summary>Finds the priority of a request: that of its key, or a lower one that the client asks for.</summary>
internal static class PriorityReader
{
    /// <param name="headers">Of the request.</param>
    /// <param name="key">The caller's key; null when the gateway runs without keys, and then normal is the most.</param>
    /// <exception cref="GatewayException">The header names no priority.</exception>
    public static RequestPriority Read(IHeaderDictionary headers, VirtualKey? key)
    {
        var most = key?.Priority ?? RequestPriority.Normal;
        var header = headers[GatewayHeaders.Priority];
        if (header.Count == 0)
        {
            return most;
        }

        var asked = RequestPriorityNames.Find(header.ToString()) ?? throw new GatewayException(
            ErrorCode.CallerInvalidHeader,
            $"{GatewayHeaders.Priority} names no priority. Write {string.Join(", ", RequestPriorityNames.All.Select(entry => entry.Name))}, or leave it out.",
            GatewayHeaders.Priority);
        return (RequestPriority)Math.Min((int)asked, (int)most);
    }
}
