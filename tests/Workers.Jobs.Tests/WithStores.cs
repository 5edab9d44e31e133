namespace Workers.Jobs.Tests;

/// <summary>A test class whose every test has a Redis of its own, with what clients and what nodes write to it.</summary>
public abstract class WithStores : IAsyncLifetime
{
    private protected JobsFixture Fixture { get; private set; } = null!;

    private protected JobStore Store { get; private set; } = null!;

    private protected AttemptStore Attempts { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Fixture = await JobsFixture.StartAsync();
        (Store, Attempts) = (new JobStore(Fixture.Gate), new AttemptStore(Fixture.Gate));
    }

    public Task DisposeAsync() => Fixture.DisposeAsync().AsTask();
}
