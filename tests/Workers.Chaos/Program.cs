using System.Globalization;
using Workers.Chaos;
using Workers.Chaos.Plan;

// Exit codes: 0 nothing was violated, 1 something was (everything needed to look into it is kept and named).
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
using var cancel = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    cancel.Cancel();
};
return await new ChaosRun(ChaosSettings.FromEnvironment()).RunAsync(cancel.Token) ? 0 : 1;
