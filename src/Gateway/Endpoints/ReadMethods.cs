namespace Gateway.Endpoints;

/// <summary>The methods of a resource that is only read. HEAD is GET without the body (RFC 9110, section 9.3.2): load balancers probe with it.</summary>
internal static class ReadMethods
{
    public static readonly string[] All = [HttpMethods.Get, HttpMethods.Head];
}
