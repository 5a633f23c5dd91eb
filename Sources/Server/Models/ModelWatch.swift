import Logging
import ServiceLifecycle
import UnixSignals

/// Loads the models at the start, looks for changes every few seconds and at once on SIGHUP.
struct ModelWatch: Service {
    let loader: ModelLoader
    let interval: Duration
    let logger: Logger
    let reload: @Sendable () async -> Void

    func run() async throws {
        await loader.scan(isSettled: true, removesVanished: false)
        await withDiscardingTaskGroup { group in
            group.addTask { await poll() }
            group.addTask { await listen() }
        }
    }

    private func poll() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try? await Task.sleep(for: interval)
                if Task.isCancelled { return }
                await loader.scan(isSettled: false, removesVanished: false)
            }
        }
    }

    private func listen() async {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                logger.info("reloading on SIGHUP")
                await reload()
                await loader.scan(isSettled: true, removesVanished: true)
            }
        }
    }
}
