using Gateway.Budgets;
using Gateway.Redis;

namespace Gateway.Webhooks;

/// <summary>Registers what tells webhooks of reached thresholds.</summary>
internal static class WebhookServices
{
    private const string FileName = "notices.db";

    public static void AddWebhooks(this IServiceCollection services, WebhooksOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ThresholdWatch>();
        services.AddSingleton<IBudgetObserver>(provider => provider.GetRequiredService<ThresholdWatch>());
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<WebhookMetrics>();
        services.AddSingleton<INoticeOutbox>(provider => provider.GetService<RedisLink>() is { } link
            ? new RedisNoticeOutbox(link)
            : new SqliteNoticeOutbox(
                Path.Combine(provider.GetRequiredService<GatewayOptions>().DataPath, FileName), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<NoticeDelivery>();
    }
}
