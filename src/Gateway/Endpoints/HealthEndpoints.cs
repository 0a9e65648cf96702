using Gateway.Health;

namespace Gateway.Endpoints;

/// <summary><c>GET /health/live</c>: the process answers. <c>GET /health/ready</c>: it can do its work, and if not, why.</summary>
public static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/health/live", ReadMethods.All, http => http.Response.WriteAsJsonAsync(new LivenessReport("live"), HealthJson.Readable.LivenessReport));
        endpoints.MapMethods("/health/ready", ReadMethods.All, AnswerReadinessAsync);
    }

    private static Task AnswerReadinessAsync(HttpContext http)
    {
        var report = http.RequestServices.GetRequiredService<Readiness>().Report();
        http.Response.StatusCode = report.IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return http.Response.WriteAsJsonAsync(report, HealthJson.Readable.ReadinessReport);
    }
}
