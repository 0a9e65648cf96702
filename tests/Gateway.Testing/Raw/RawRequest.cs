using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Testing;

internal static class RawRequest
{
    private static readonly byte[] EndOfHead = "\r\n\r\n"u8.ToArray();

    /// <summary>Reads until the head is complete and the body is as long as its content-length, or the client stops sending.</summary>
    public static async Task<byte[]> ReadAsync(Socket connection, CancellationToken cancellationToken)
    {
        var received = new List<byte>();
        byte[] buffer = new byte[16 * 1024];
        while (!IsComplete([.. received]))
        {
            int count = await connection.ReceiveAsync(buffer, cancellationToken);
            if (count == 0)
            {
                break;
            }

            received.AddRange(buffer.AsSpan(0, count));
        }

        return [.. received];
    }

    private static bool IsComplete(ReadOnlySpan<byte> received)
    {
        int headLength = received.IndexOf(EndOfHead);
        if (headLength < 0)
        {
            return false;
        }

        const string Name = "content-length:";
        string? length = Encoding.ASCII.GetString(received[..headLength])
            .Split("\r\n")
            .FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        int bodyLength = length is null ? 0 : int.Parse(length[Name.Length..], CultureInfo.InvariantCulture);
        return received.Length >= headLength + EndOfHead.Length + bodyLength;
    }
}
