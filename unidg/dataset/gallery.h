#pragma once
#include <filesystem>
#include <vector>

#include "unidg/dataset/manifest.h"
#include "unidg/image/image.h"

namespace unidg::dataset {

struct GalleryConfig {
  int cell = 220;       ///< side of a picture in the contact sheet, pixels
  int rows = 16;        ///< at most so many items in the contact sheet, evenly chosen from all
  int page_items = 60;  ///< items on one HTML page; further pages are index-2.html, ...
  std::string title = "unidg";
};

/// What the viewer should look at: the mask's box with surroundings, square where the frame allows.
cv::Rect zoom_window(const Mask& mask);

/// One picture with rows of reference (mask outlined), source, mask, result and zoom on the defect.
/// @throws InputError when a file of an entry is missing
Image contact_sheet(const std::filesystem::path& folder, const std::vector<ManifestEntry>& entries,
                    const GalleryConfig& config = {});

/// Writes contact_sheet.png and index.html (self-contained: relative links, no outside resource, usable by
/// keyboard) beside the manifest of `folder`. @returns the path of index.html  @throws InputError when there
/// is no manifest
std::filesystem::path write_gallery(const std::filesystem::path& folder, const GalleryConfig& config = {});

/// The HTML of one page. @param page 1 .. pages
std::string gallery_page(const std::filesystem::path& folder, const std::vector<ManifestEntry>& entries,
                         int page, int pages, const GalleryConfig& config);

}  // namespace unidg::dataset
