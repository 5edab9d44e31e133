using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Workers.Server;

/// <summary>
/// A line for each entry, whatever is in it: what an engine said or a client sent (a path, a file's name) can neither begin a line of its own nor reach
/// the terminal as a control sequence.
/// </summary>
internal sealed class OneLineLog() : ConsoleFormatter(FormatterName)
{
    /// <summary>Its name among formatters.</summary>
    public const string FormatterName = "one-line";

    /// <inheritdoc/>
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        textWriter.Write(DateTime.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", CultureInfo.InvariantCulture));
        textWriter.Write(Word(logEntry.LogLevel));
        textWriter.Write(": ");
        textWriter.Write(logEntry.Category);
        textWriter.Write(string.Create(CultureInfo.InvariantCulture, $"[{logEntry.EventId.Id}] "));
        WriteText(textWriter, logEntry.Formatter(logEntry.State, logEntry.Exception));
        if (logEntry.Exception is { } exception)
        {
            textWriter.Write(' ');
            WriteText(textWriter, exception.ToString());
        }

        textWriter.Write('\n');
    }

    private static void WriteText(TextWriter writer, string text)
    {
        foreach (var letter in text)
        {
            if (letter is '\r' or '\n' or '\t')
                writer.Write(' ');
            else if (char.IsControl(letter) || letter is '\u2028' or '\u2029')
                writer.Write(string.Create(CultureInfo.InvariantCulture, $"\\u{(int)letter:x4}"));
            else
                writer.Write(letter);
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        _ => "crit",
    };
}
