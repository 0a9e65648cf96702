using Gateway.Pipeline;
using Microsoft.Extensions.Options;

namespace Gateway.Hosting;

/// <summary>
/// Kestrel breaks a connection off without the mark of a complete body only when the application throws, and then logs an unhandled exception with its
/// stack. An answer that we break off on purpose is no fault of the application, and the request's own line says what it was: this keeps Kestrel's from
/// the log, and nothing else.
/// </summary>
internal sealed class KestrelLogFilter(ILoggerFactory inner) : ILoggerFactory
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";

    public static void Add(IServiceCollection services) => services.AddSingleton<ILoggerFactory>(provider => new KestrelLogFilter(new LoggerFactory(
        provider.GetServices<ILoggerProvider>(),
        provider.GetRequiredService<IOptionsMonitor<LoggerFilterOptions>>(),
        provider.GetRequiredService<IOptions<LoggerFactoryOptions>>())));

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public ILogger CreateLogger(string categoryName) => categoryName == Kestrel ? new Quiet(inner.CreateLogger(categoryName)) : inner.CreateLogger(categoryName);

    public void Dispose() => inner.Dispose();

    private sealed class Quiet(ILogger logger) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not AnswerBrokenException)
            {
                logger.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
