using System.Net;
using System.Net.Sockets;

namespace Gateway.Testing;

public static class TestPorts
{
    /// <summary>
    /// A loopback port on which nothing listens: for a refused connection, or for a server that cannot choose its own. Another
    /// process may take it at any time, so prefer port 0 wherever the server can report what it got.
    /// </summary>
    public static int Unused()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
